// SPDX-License-Identifier: MIT
// QEMU's teaching device: a buffer of its own, and a DMA engine between that and memory.
// [QEMU docs/specs/edu.rst]
#pragma once
#include <cstdint>

#include "base/address.hpp"

namespace edu {

/// Finds the device on bus 0, gives it an address and lets it be master. False: there is none.
[[nodiscard]] bool find();

/// The buffer has twice as much, but QEMU 7.2 takes its own end for out of bounds and aborts.
inline constexpr std::uint32_t most = 2048;

/// One transfer of `bytes`, up to `most`, between memory and the beginning of the device's buffer; returns
/// when the device reports its end, which it does whether or not memory answered.
void fetch(Gpa from, std::uint32_t bytes);
void deliver(Gpa to, std::uint32_t bytes);

}  // namespace edu
