// SPDX-License-Identifier: MIT
// Asks the AMD-SP for the clock that this guest's VMSAs must have with Secure TSC. [SNP-ABI "MSG_TSC_INFO_REQ"]
#pragma once
#include "svsm/guest/clock.hpp"
#include "svsm/psp/channel.hpp"

namespace svsm::psp {

/// The clock of the launch VMSA. Errors of Channel::exchange, Refused, WrongClock.
[[nodiscard]] std::expected<Clock, MessageError> get_clock(Channel& channel) REQUIRES(channel.turn);

}  // namespace svsm::psp
