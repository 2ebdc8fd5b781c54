// SPDX-License-Identifier: MIT
// How a calling area reports memory that the guest has deposited.
#pragma once
#include "svsm/guest/guest.hpp"

namespace svsm {

/// Writes the head of a new calling area: no call pending, and in the startup vCPU's area whether
/// memory is available.
[[nodiscard]] std::expected<void, machine::GuestFault> store_fresh_calling_area(const Guest& guest,
                                                                                const Vcpu& vcpu,
                                                                                abi::Vmpl level, Va at)
    REQUIRES_SHARED(guest.lock);

/// Writes into the startup vCPU's calling area whether WITHDRAW_MEM would return pages.
/// [SVSM "SVSM_CORE_WITHDRAW_MEM Call"]
void announce_deposits(Guest& guest) REQUIRES(guest.lock);

}  // namespace svsm
