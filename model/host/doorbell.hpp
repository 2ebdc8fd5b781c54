// SPDX-License-Identifier: MIT
// Restricted injection: what a host writes into the doorbell page, and when it raises #HV.
// [GHCB "#HV Doorbell Page", "#HV IPI"]
#pragma once
#include <cstdint>

#include "abi/snp/doorbell.hpp"
#include "model/host/events.hpp"
#include "model/host/x2apic.hpp"

namespace model::host {

struct DoorbellAsk {
    abi::HvDoorbellRequest request;
    Gpa page;  ///< of Set: page-aligned; the caller checks that it is shared
    friend constexpr bool operator==(const DoorbellAsk&, const DoorbellAsk&) = default;
};
/// InvalidInput: no such request, or a page that is not aligned.
[[nodiscard]] Input<DoorbellAsk> read_doorbell(const GhcbRequest& request);

/// InvalidInput: no command of x2APIC (`read_x2apic_command`).
[[nodiscard]] Input<IpiAsk> read_hv_ipi(const GhcbRequest& request);

/// The two bytes of the page that say what the guest has not read yet.
struct DoorbellSignals {
    std::uint8_t vector = 0, flags = 0;
    friend constexpr bool operator==(const DoorbellSignals&, const DoorbellSignals&) = default;

    [[nodiscard]] constexpr bool has_room_for_interrupt() const { return vector == 0; }
    [[nodiscard]] constexpr bool has_room_for_nmi() const { return !abi::HvDoorbell::Nmi::test(flags); }
    [[nodiscard]] constexpr bool is_empty() const {
        return vector == 0 && !abi::HvDoorbell::Nmi::test(flags) &&
               !abi::HvDoorbell::MachineCheck::test(flags);
    }
};
/// What has come for the level.
struct Arrivals {
    std::uint8_t vector = 0;  ///< 0: no interrupt
    bool nmi = false;
};
struct Ring {
    DoorbellSignals page;  ///< as the host leaves it
    bool takes_vector = false, takes_nmi = false;
    bool raises_hv = false;
};
/// An event of a kind of which one is still unread waits. The guest clears NoFurtherSignal before it reads; while it is
/// set the host tells, but interrupts nothing.
[[nodiscard]] constexpr Ring ring(DoorbellSignals page, Arrivals come) {
    using abi::HvDoorbell;
    Ring result{.page = page,
                .takes_vector = come.vector != 0 && page.has_room_for_interrupt(),
                .takes_nmi = come.nmi && page.has_room_for_nmi()};
    if (!result.takes_vector && !result.takes_nmi) return result;
    if (result.takes_vector) result.page.vector = come.vector;
    if (result.takes_nmi) result.page.flags |= HvDoorbell::Nmi::mask;
    result.raises_hv = !HvDoorbell::NoFurtherSignal::test(page.flags);
    result.page.flags |= HvDoorbell::NoFurtherSignal::mask;
    return result;
}

}  // namespace model::host
