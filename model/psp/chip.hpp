// SPDX-License-Identifier: MIT
// What a chip says of itself in reports, and the secrets that it keeps. [SNP-ABI "ATTESTATION_REPORT Structure"]
#pragma once
#include <array>
#include <cstdint>

#include "abi/snp/attestation_report.hpp"
#include "model/psp/ciphers.hpp"

namespace model::psp {

struct Chip {
    std::uint8_t family, model, stepping;  ///< of CPUID, combined
    abi::TcbVersion tcb;                   ///< current, reported, committed and at launch
    std::array<char, 64> id;
    P384Number key;  ///< VCEK, private
};

}  // namespace model::psp
