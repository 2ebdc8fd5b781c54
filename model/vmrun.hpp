// SPDX-License-Identifier: MIT
// What the CPU checks before it runs a VMSA.
// [APM2 "VMRUN Page Checks", "SNP: Virtual Machine Privilege Levels"]
#pragma once
#include <cstdint>
#include <expected>
#include <string_view>

#include "abi/snp/vmsa.hpp"
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
    UnsupportedFeature,
    BadVmpl,
    WrongVmpl,
    Busy,
    BadControlRegisters,
    BadXcr0,
};
[[nodiscard]] std::string_view describe(VmrunFault fault);

/// Checks page state and contents of the VMSA that `vmpl`'s slot of a vCPU names. `supported_features` are
/// the SEV_FEATURES that this machine knows. On success the CPU may load the VMSA, and must mark the entry in
/// use until it exits. QEMU's CPU repeats the consistency checks of VMRUN itself (segment caches, reserved CR
/// bits), so this function omits them.
[[nodiscard]] std::expected<void, VmrunFault> check_vmrun(const RmpEntry& page, const abi::Vmsa& vmsa,
                                                          Vmpl vmpl, std::uint64_t supported_features);

}  // namespace model
