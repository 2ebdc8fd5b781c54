// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

namespace snpemu::silicon {

/// Reasons for which SNP silicon leaves the guest ("automatic exits"), and two of ours: Kick, because a CPU or the
/// machine needs this CPU, and None, the guest goes on. Numbers are those of the trace's `Leave` record.
enum class ExitReason : std::uint8_t { Vmgexit, Hlt, Shutdown, Invalid, Kick, None };

}  // namespace snpemu::silicon
