// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

namespace snpemu::silicon {

/// Reasons for which SNP silicon leaves the guest ("automatic exits"), and two of this machine: Kick, another CPU or
/// the machine needs this CPU; None, the guest goes on. The numbers are those of the trace's `Leave` record.
enum class ExitReason : std::uint8_t { Vmgexit, Hlt, Shutdown, Invalid, Kick, Interrupt, None };

}  // namespace snpemu::silicon
