// SPDX-License-Identifier: MIT
// Exceptions: the table, and instructions that are expected to fault.
#pragma once
#include <cstdint>
#include <optional>

#include "abi/snp/exit_code.hpp"
#include "base/address.hpp"

namespace guest {

/// Fills the IDT and loads it on this vCPU; other vCPUs get it through their VMSA.
void install_exception_handlers();
/// For those VMSAs.
[[nodiscard]] Gpa idt_base();
[[nodiscard]] std::uint16_t idt_limit();

/// An exception that an access or instruction raised.
struct Fault {
    abi::Vector vector;
    std::uint64_t error;  ///< error code; for #VC the exit code
    friend constexpr bool operator==(const Fault&, const Fault&) = default;
};
constexpr Fault vc(abi::ExitCode code) { return {abi::Vector::Vc, static_cast<std::uint64_t>(code)}; }

// Each runs one instruction and returns the exception that it raised, if any; the vCPU continues after it.
using Probe = std::optional<Fault>;
[[nodiscard]] Probe probe_load(Va at);
/// Quadwords; `value` is left alone when the load faults.
[[nodiscard]] Probe probe_read(Va at, std::uint64_t& value);
[[nodiscard]] Probe probe_write(Va at, std::uint64_t value);
[[nodiscard]] Probe probe_store(Va at, std::uint8_t value);
[[nodiscard]] Probe probe_cpuid();
[[nodiscard]] Probe probe_rdmsr(std::uint32_t msr);
[[nodiscard]] Probe probe_wrmsr(std::uint32_t msr, std::uint64_t value);
[[nodiscard]] Probe probe_write_cr3(std::uint64_t value);
[[nodiscard]] Probe probe_write_cr4(std::uint64_t value);
[[nodiscard]] Probe probe_in();
[[nodiscard]] Probe probe_vmmcall();
[[nodiscard]] Probe probe_undefined();
[[nodiscard]] Probe probe_pvalidate(Va page);

inline Probe probe_load(Gpa at) { return probe_load(Va{at.value()}); }
inline Probe probe_store(Gpa at, std::uint8_t value) { return probe_store(Va{at.value()}, value); }

}  // namespace guest
