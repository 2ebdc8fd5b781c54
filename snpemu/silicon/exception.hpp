// SPDX-License-Identifier: MIT
// Delivers an exception or interrupt by writing the interrupt frame in software: QEMU's CPU never pushes the
// error code of #VC, and one writer serves all vectors.
// [APM2 "Long-Mode Interrupt Control Transfers"]
#pragma once
#include <cstdint>
#include <expected>
#include <optional>

#include "abi/snp/exit_code.hpp"
#include "snpemu/silicon/cpu_state.hpp"
#include "snpemu/silicon/translate.hpp"

namespace snpemu {

enum class DeliveryError : std::uint8_t {
    NotLongMode,
    GateOutsideTable,
    GateUnreadable,
    GateNotPresent,
    BadStack
};

/// Enters the handler of `vector` in the guest: gate, IST or RSP0, frame, cleared flags. On error nothing has
/// changed; a CPU would shut down.
[[nodiscard]] std::expected<void, DeliveryError> deliver_exception(const CpuState& cpu,
                                                                   const GuestMemory& memory, abi::Vmpl vmpl,
                                                                   abi::Vector vector,
                                                                   std::optional<std::uint32_t> error_code,
                                                                   unsigned c_bit);

/// The same for an interrupt or NMI: no error code, and the instruction at RIP may still hit a breakpoint.
[[nodiscard]] std::expected<void, DeliveryError> deliver_external(const CpuState& cpu,
                                                                  const GuestMemory& memory, abi::Vmpl vmpl,
                                                                  std::uint8_t vector, unsigned c_bit);

}  // namespace snpemu
