// SPDX-License-Identifier: MIT
// Checked access to guest memory.
#include "snpemu/silicon/guest_memory.hpp"

#include <atomic>
#include <cstring>

namespace snpemu {

bool GuestRam::contains(Gpa at, std::uint64_t bytes) const {
    const auto range = GpaRange::make(at, bytes);
    if (!range) return false;
    for (const GpaRange& r : ranges)
        if (r.contains(*range)) return true;
    return false;
}

Gpa GuestRam::end() const {
    Gpa last{0};
    for (const GpaRange& r : ranges)
        if (r.end > last) last = r.end;
    return last;
}

std::byte* GuestMemory::find(Gpa at) const {
    const Spa system = *rmp.map().find(at) + at.page_offset();
    ram.settle(system);
    return ram.at(system);
}

std::expected<void, model::RmpFault> GuestMemory::check(Gpa at, model::AccessKind kind,
                                                        model::Encryption encryption, abi::Vmpl vmpl) const {
    if (!ram.contains(at)) return std::unexpected{model::RmpFault::OutsideRam};
    return rmp.check_access(at, kind, encryption, vmpl);
}

std::expected<void, model::RmpFault> GuestMemory::read(Gpa from, model::Encryption encryption, abi::Vmpl vmpl,
                                                       std::span<std::byte> to) const {
    if (auto ok = check(from, model::AccessKind::Read, encryption, vmpl); !ok) return ok;
    std::memcpy(to.data(), find(from), to.size());
    return {};
}

std::expected<void, model::RmpFault> GuestMemory::write(Gpa to, model::Encryption encryption, abi::Vmpl vmpl,
                                                        std::span<const std::byte> from) const {
    if (auto ok = check(to, model::AccessKind::Write, encryption, vmpl); !ok) return ok;
    std::memcpy(find(to), from.data(), from.size());
    return {};
}

std::expected<void, model::RmpFault> GuestMemory::fetch(Gpa from, model::AccessKind kind, abi::Vmpl vmpl,
                                                        std::span<std::byte> to) const {
    if (auto ok = check(from, kind, model::Encryption::Private, vmpl); !ok) return ok;
    std::memcpy(to.data(), find(from), to.size());
    return {};
}

std::expected<void, model::RmpFault> GuestMemory::set_bits(Gpa at, std::uint8_t bits, abi::Vmpl vmpl) const {
    if (auto ok = check(at, model::AccessKind::Write, model::Encryption::Private, vmpl); !ok) return ok;
    auto& byte = *reinterpret_cast<std::uint8_t*>(find(at));
    std::atomic_ref<std::uint8_t>{byte}.fetch_or(bits, std::memory_order_relaxed);
    return {};
}

}  // namespace snpemu
