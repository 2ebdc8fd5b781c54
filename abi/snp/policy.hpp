// SPDX-License-Identifier: MIT
// The guest policy: what the AMD-SP grants the host for the whole life of a guest. [SNP-ABI "Guest Policy"]
#pragma once
#include "base/bits.hpp"

namespace abi {

struct GuestPolicy {
    using AbiMinor = Bits<7, 0>;  ///< least version of the AMD-SP's firmware
    using AbiMajor = Bits<15, 8>;
    using Smt = Bits<16>;  ///< sibling threads may run
    using One = Bits<17>;  ///< must be one
    using MigrateMa = Bits<18>;
    using Debug = Bits<19>;  ///< the host may read and write the guest's memory
    using SingleSocket = Bits<20>;
    using CxlAllow = Bits<21>;
    using MemAes256Xts = Bits<22>;
    using RaplDisable = Bits<23>;
    using CiphertextHiding = Bits<24>;
    using PageSwapDisable = Bits<25>;
};

}  // namespace abi
