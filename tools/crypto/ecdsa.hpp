// SPDX-License-Identifier: MIT
// ECDSA signatures of the curve P-384 with SHA-384, as OpenSSL checks them.
#pragma once
#include "tools/crypto/key.hpp"
#include "tools/crypto/openssl.hpp"

namespace tools::crypto {

/// A number that may be a secret: OpenSSL computes with it in constant time, and clears it.
[[nodiscard]] Number number_of(Bytes big_endian);

/// False also for numbers outside 1 to the order of the curve less 1.
[[nodiscard]] bool verifies(EVP_PKEY* key, Bytes message, const P384Signature& signature);

}  // namespace tools::crypto
