// SPDX-License-Identifier: MIT
#include "snpemu/psp/ciphers.hpp"

#include "crypto/ecdsa_p384.hpp"
#include "crypto/hash.hpp"

namespace snpemu::psp {

abi::Sha384 sha384(Bytes bytes) { return crypto::sha384(bytes); }

bool verifies(const model::psp::P384Pair& point, const abi::Sha384& digest,
              const model::psp::P384Pair& signature) {
    return crypto::verifies_p384({point.first, point.second}, digest, {signature.first, signature.second});
}

}  // namespace snpemu::psp
