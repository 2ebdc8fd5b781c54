// SPDX-License-Identifier: MIT
#include "crypto/ecdsa_p384.hpp"

#include <bearssl.h>

namespace crypto {
namespace {

/// BearSSL's structures point to bytes that may be written; none of the functions used here does.
unsigned char* bytes_of(const void* data) { return static_cast<unsigned char*>(const_cast<void*>(data)); }

/// A point without compression: this byte, then X, then Y. [SEC1 "Elliptic-Curve-Point-to-Octet-String Conversion"]
constexpr unsigned char uncompressed = 4;
struct EncodedPoint {
    unsigned char form;
    P384Point point;
};
static_assert(sizeof(EncodedPoint) == 97 && sizeof(P384Signature) == 96);

}  // namespace

std::optional<P384Signature> sign_p384(const P384Number& key, const Sha384::Digest& digest) {
    const br_ec_private_key secret{.curve = BR_EC_secp384r1, .x = bytes_of(key.data()), .xlen = key.size()};
    P384Signature signature;
    const std::size_t bytes =
        br_ecdsa_i31_sign_raw(&br_ec_prime_i31, &br_sha384_vtable, digest.data(), &secret, &signature);
    if (bytes != sizeof signature) return std::nullopt;
    return signature;
}

bool verifies_p384(const P384Point& key, const Sha384::Digest& digest, const P384Signature& signature) {
    const EncodedPoint encoded{uncompressed, key};
    const br_ec_public_key point{.curve = BR_EC_secp384r1, .q = bytes_of(&encoded), .qlen = sizeof encoded};
    return br_ecdsa_i31_vrfy_raw(&br_ec_prime_i31, digest.data(), digest.size(), &point, &signature,
                                 sizeof signature) == 1;
}

}  // namespace crypto
