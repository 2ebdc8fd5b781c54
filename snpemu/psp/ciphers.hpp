// SPDX-License-Identifier: MIT
// The library's ciphers, as the rules of the AMD-SP take them.
#pragma once
#include "model/psp/ciphers.hpp"

namespace snpemu::psp {

/// CPUID says that this CPU has the instructions with which SHA-384 was compiled for the machine (crypto/CMakeLists.txt).
[[nodiscard]] bool has_cpu_for_hash();
[[nodiscard]] abi::Sha384 sha384(Bytes bytes);
[[nodiscard]] bool verifies(const model::psp::P384Pair& point, const abi::Sha384& digest,
                            const model::psp::P384Pair& signature);

}  // namespace snpemu::psp
