// SPDX-License-Identifier: MIT
// Checked access to guest memory.
#include "snpemu/silicon/guest_memory.hpp"

#include <algorithm>
#include <atomic>
#include <ranges>

#include "base/result.hpp"

namespace snpemu {

bool GuestRam::contains(Gpa at) const {
    // From the end: the first ranges are the small ones below 1 MiB, and every access of the CPU asks.
    return std::ranges::any_of(std::views::reverse(ranges),
                               [&](const GpaRange& r) { return r.contains(at); });
}

bool GuestRam::contains(Gpa at, std::uint64_t bytes) const {
    const auto range = GpaRange::make(at, bytes);
    return range && std::ranges::any_of(ranges, [&](const GpaRange& r) { return r.contains(*range); });
}

Gpa GuestRam::end() const {
    Gpa last{0};
    for (const GpaRange& r : ranges)
        if (r.end > last) last = r.end;
    return last;
}

std::byte* GuestMemory::find(Gpa at) const {
    return place_of(*rmp.map().find(at), at);
}

std::byte* GuestMemory::place_of(Spa page, Gpa at) const {
    const Spa system = page + at.page_offset();
    ram.settle(system);
    return ram.at(system);
}

std::expected<void, model::RmpFault> GuestMemory::check(Gpa at, model::AccessKind kind,
                                                        model::Encryption encryption, abi::Vmpl vmpl) const {
    if (!ram.contains(at)) return std::unexpected{model::RmpFault::OutsideRam};
    TRY_VOID(rmp.check_access(at, kind, encryption, vmpl));
    return {};
}

std::expected<std::byte*, model::RmpFault> GuestMemory::locate(Gpa at, model::AccessKind kind,
                                                               model::Encryption encryption,
                                                               abi::Vmpl vmpl) const {
    if (!ram.contains(at)) return std::unexpected{model::RmpFault::OutsideRam};
    return place_of(TRY(rmp.check_access(at, kind, encryption, vmpl)), at);
}

std::expected<void, model::RmpFault> GuestMemory::set_bits(Gpa at, std::uint8_t bits, abi::Vmpl vmpl) const {
    std::byte* const place = TRY(locate(at, model::AccessKind::Write, model::Encryption::Private, vmpl));
    std::atomic_ref{*reinterpret_cast<std::uint8_t*>(place)}.fetch_or(bits, std::memory_order_relaxed);
    return {};
}

}  // namespace snpemu
