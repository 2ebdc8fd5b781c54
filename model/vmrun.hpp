// SPDX-License-Identifier: MIT
// What the CPU checks before it runs a VMSA. [APM2 "VMRUN Page Checks", "Canonicalization and Consistency
// Checks", "SNP: Virtual Machine Privilege Levels"]
#pragma once
#include <cstdint>
#include <expected>
#include <string_view>

#include "abi/snp/exit_code.hpp"
#include "abi/snp/vmsa.hpp"
#include "model/processor.hpp"
#include "model/rmp.hpp"

namespace model {

enum class VmrunFault : std::uint8_t {
    NotAssigned,
    NotValidated,
    NotVmsaPage,
    LargePage,
    InUse,
    SvmeClear,
    NotSnp,
    UnsupportedFeature,  ///< SEV_FEATURES has a bit that this CPU has not, or a reserved one
    BadVmpl,
    WrongVmpl,
    Busy,
    BadCr0,  ///< NW without CD, or the upper half
    BadCr3,  ///< bits beyond the physical address
    BadCr4,
    BadDebugRegisters,  ///< the upper half of DR6 or DR7
    BadEfer,
    BadLongMode,     ///< LME and paging without PAE or without protection
    BadCodeSegment,  ///< 64-bit and 32-bit at once
    BadXcr0,
    BadXss,
    ScaledTsc,  ///< Secure TSC with another scale than 1, which this CPU cannot apply
};
[[nodiscard]] std::string_view describe(VmrunFault fault);
/// EXITCODE that the hypervisor finds: VMEXIT_BUSY for Busy, VMEXIT_INVALID for all others.
[[nodiscard]] constexpr abi::ExitCode exit_code_of(VmrunFault fault) {
    return fault == VmrunFault::Busy ? abi::ExitCode::Busy : abi::ExitCode::Invalid;
}

/// Checks page state and contents of the VMSA that `vmpl`'s slot of a vCPU names, on a CPU that is `cpu`. On
/// success the CPU may load it and must mark the entry in use until it exits.
[[nodiscard]] std::expected<void, VmrunFault> check_vmrun(const RmpEntry& page, const abi::Vmsa& vmsa,
                                                          Vmpl vmpl, const Processor& cpu);

}  // namespace model
