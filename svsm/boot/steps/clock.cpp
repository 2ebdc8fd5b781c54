// SPDX-License-Identifier: MIT
// A VMSA with another clock than that of the launch would run at another time, or not at all.
#include "svsm/psp/clock.hpp"

#include "svsm/boot/steps/steps.hpp"

namespace svsm {

BootResult read_clock(Guest& guest) {
    if (!abi::SevFeatures::SecureTsc::test(guest.sev_features)) return {};
    psp::Channel& channel = *guest.amd_sp;
    const TicketGuard turn{channel.turn};
    const auto clock = psp::get_clock(channel);
    if (!clock) return std::unexpected{Termination::NoClock};
    guest.clock = *clock;
    return {};
}

}  // namespace svsm
