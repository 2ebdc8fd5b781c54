// SPDX-License-Identifier: MIT
// What OpenSSL makes of the same bytes: another library, from other people.
#pragma once
#include <vector>

#include "crypto/aes_gcm.hpp"
#include "crypto/ecdsa_p384.hpp"

namespace openssl {

std::vector<std::byte> sha384(Bytes bytes);
std::vector<std::byte> sha512(Bytes bytes);

struct Sealed {
    std::vector<std::byte> text;
    crypto::GcmTag tag;
};
Sealed seal(const crypto::AesKey& key, const crypto::GcmNonce& nonce, Bytes authenticated, Bytes text);

/// The point of a private key.
crypto::P384Point public_point(const crypto::P384Number& key);
/// ECDSA with a nonce at random: another signature each time.
crypto::P384Signature sign(const crypto::P384Number& key, Bytes digest);
bool verifies(const crypto::P384Point& key, Bytes digest, const crypto::P384Signature& signature);

}  // namespace openssl
