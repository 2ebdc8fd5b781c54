// SPDX-License-Identifier: MIT
#include "snpemu/psp/ciphers.hpp"

#include "crypto/ecdsa_p384.hpp"
#include "crypto/hash.hpp"
#include "snpemu/cpu/cpu.hpp"

namespace snpemu::psp {

bool has_cpu_for_hash() {
    constexpr std::uint32_t movbe = 1u << 22, bmi = 1u << 3 | 1u << 8;
    return (cpu::cpuid(1).ecx & movbe) != 0 && (cpu::cpuid(7).ebx & bmi) == bmi;
}

abi::Sha384 sha384(Bytes bytes) { return crypto::sha384(bytes); }

bool verifies(const model::psp::P384Pair& point, const abi::Sha384& digest,
              const model::psp::P384Pair& signature) {
    return crypto::verifies_p384({point.first, point.second}, digest, {signature.first, signature.second});
}

}  // namespace snpemu::psp
