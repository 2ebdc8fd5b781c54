// SPDX-License-Identifier: MIT
// The clock that a guest reads as its own.
#pragma once
#include <cstdint>

namespace tools::payload {

/// Frequency of this computer's time stamp counter in kHz, whole MHz: QEMU's translator shows it to its
/// guests unchanged. Takes 50 ms.
[[nodiscard]] std::uint64_t measure_tsc_khz();

/// What the counter of a deterministic run counts: instructions, one each nanosecond.
inline constexpr std::uint64_t deterministic_tsc_khz = 1'000'000;

}  // namespace tools::payload
