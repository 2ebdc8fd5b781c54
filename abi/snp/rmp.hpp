// SPDX-License-Identifier: MIT
// Operands and results of the instructions that change the reverse map table. [APM3 "PVALIDATE", "RMPADJUST"]
#pragma once
#include <cstdint>

#include "base/bits.hpp"

namespace abi {

enum class Vmpl : std::uint8_t { Vmpl0 = 0, Vmpl1 = 1, Vmpl2 = 2, Vmpl3 = 3 };
inline constexpr unsigned vmpl_count = 4;

/// EAX after PVALIDATE, RMPADJUST, RMPQUERY, RMPUPDATE.
enum class RmpResult : std::uint32_t {
    Success = 0,
    FailInput = 1,
    FailPermission = 2,
    FailInUse = 3,
    FailOverlap = 4,
    FailSizeMismatch = 6,
};

enum class Validity : std::uint32_t { Rescind = 0, Validate = 1 };

/// What one VMPL may do with one page, as RMPADJUST takes it in RDX 15:8.
struct Permission {
    static constexpr std::uint8_t none = 0, read = 1, write = 2, execute_user = 4, execute_supervisor = 8,
                                  all = 0xf;
};

/// Operand RDX of RMPADJUST. [APM3 "RMPADJUST"]
struct RmpAttributes {
    using TargetVmpl = Bits<7, 0>;
    using Permissions = Bits<15, 8>;
    using IsVmsa = Bits<16>;
    using Reserved = Bits<63, 17>;
};

/// EXITINFO1 of a nested page fault. [APM2 "Nested versus Guest Page Faults", "VMEXIT_NPF with SNP"]
struct NpfInfo {
    using Present = Bits<0>;
    using Write = Bits<1>;
    using User = Bits<2>;
    using ReservedBit = Bits<3>;
    using Fetch = Bits<4>;
    using Rmp = Bits<31>;
    using Final = Bits<32>;
    using TableWalk = Bits<33>;
    using Encrypted = Bits<34>;
    using SizeMismatch = Bits<35>;
    using VmplCheck = Bits<36>;
};

}  // namespace abi
