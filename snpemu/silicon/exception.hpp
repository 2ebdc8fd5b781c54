// SPDX-License-Identifier: MIT
// Delivers an exception or interrupt by writing its frame in software: QEMU's CPU never pushes the error code of #VC, and
// one writer for all vectors is one thing to get right. [APM2 "Exceptions and Interrupts"]
#pragma once
#include <cstdint>
#include <expected>
#include <optional>

#include "abi/snp/exit_code.hpp"
#include "snpemu/silicon/cpu_state.hpp"
#include "snpemu/silicon/translate.hpp"

namespace snpemu {

/// What is delivered. The pushed flags have RF set for a fault. [APM2 "RFLAGS.RF"]
struct Event {
    unsigned vector;
    std::optional<std::uint32_t> error_code;
    bool is_fault = false;
};
constexpr Event fault_of(abi::Vector vector, std::optional<std::uint32_t> error_code) {
    return {static_cast<unsigned>(vector), error_code, true};
}
/// An interrupt, an NMI, or a trap: the instruction that it precedes may still hit a breakpoint.
constexpr Event trap_of(std::uint8_t vector) { return {vector, std::nullopt, false}; }

/// The exception that the delivery raised in its turn. Nothing of the CPU has changed then.
struct DeliveryFault {
    abi::Vector vector;
    std::optional<std::uint32_t> error_code;
    std::optional<GuestVa> address{};  ///< #PF: for CR2
    friend bool operator==(const DeliveryFault&, const DeliveryFault&) = default;
};
template <class T>
using Delivered = std::expected<T, DeliveryFault>;

/// The CPU and memory as one vCPU sees them at its VMPL.
struct View {
    const CpuState& cpu;
    const GuestMemory& memory;
    abi::Vmpl vmpl;
    unsigned c_bit;
};

/// Enters the handler of `event`: gate, stack, frame, cleared flags, in the mode that the CPU is in.
[[nodiscard]] Delivered<void> deliver(const View& view, const Event& event);

// ---- one for each mode, one file each ----
[[nodiscard]] Delivered<void> deliver_in_long_mode(const View& view, const Event& event);
/// 16- and 32-bit gates, from virtual-8086 mode too. Task gates are #GP: this machine switches no tasks here.
[[nodiscard]] Delivered<void> deliver_in_protected_mode(const View& view, const Event& event);
/// Through the table of real mode; no error code is pushed. [APM2 "Real-Mode Interrupt Control Transfers"]
[[nodiscard]] Delivered<void> deliver_in_real_mode(const View& view, const Event& event);

}  // namespace snpemu
