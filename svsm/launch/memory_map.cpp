// SPDX-License-Identifier: MIT
#include "svsm/launch/memory_map.hpp"

#include "abi/igvm/format.hpp"
#include "abi/snp/vmsa.hpp"

namespace svsm {
namespace {

/// The range of an entry; empty when it wraps or reaches `limit`.
std::optional<GpaRange> range_of(const abi::igvm::MemoryMapEntry& entry, Gpa limit) {
    const auto pages = limit.value() / page_bytes;
    if (entry.start_page > pages || entry.pages > pages - entry.start_page) return std::nullopt;
    return GpaRange::make(Gpa{entry.start_page * page_bytes}, entry.pages * page_bytes);
}

}  // namespace

BootExpected<RamMap> parse_memory_map(Bytes page, Gpa limit) {
    RamMap map;
    for (std::uint64_t at = 0;; at += sizeof(abi::igvm::MemoryMapEntry)) {
        const auto entry = load<abi::igvm::MemoryMapEntry>(page, at);
        if (!entry || entry->pages == 0) break;
        const auto range = range_of(*entry, limit);
        if (!range) return std::unexpected{Termination::BootBlock};
        if (entry->type != static_cast<std::uint16_t>(abi::igvm::MemoryType::Memory)) continue;
        // The page of the SVSM's first VMSA, which the AMD-SP has validated. With the C-bit at 51 it
        // is below `limit`.
        if (range->contains(Gpa{abi::launch_vmsa_gpa})) return std::unexpected{Termination::BootBlock};
        if (!map.add(*range)) return std::unexpected{Termination::BootBlock};
    }
    return map;
}

GpaRange segment_range(const abi::adyton::GuestSegment& segment) {
    return {Gpa{segment.gpa}, Gpa{segment.gpa} + segment.bytes};
}

}  // namespace svsm
