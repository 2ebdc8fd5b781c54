// SPDX-License-Identifier: MIT
// What calling areas say about the memory that the guest deposited.
#pragma once
#include "svsm/guest/guest.hpp"

namespace svsm {

/// Writes the head of a new calling area: no call pending, and on the startup vCPU whether memory is
/// available.
[[nodiscard]] std::expected<void, machine::GuestFault> store_fresh_calling_area(const Guest& guest,
                                                                                const Vcpu& vcpu,
                                                                                abi::Vmpl level, Va at)
    REQUIRES_SHARED(guest.lock);

/// Says in the startup vCPU's calling area whether WITHDRAW_MEM would return pages. [SVSM
/// "SVSM_CORE_WITHDRAW_MEM Call"]
void announce_deposits(Guest& guest) REQUIRES(guest.lock);

}  // namespace svsm
