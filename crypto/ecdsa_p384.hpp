// SPDX-License-Identifier: MIT
// ECDSA on the curve P-384 with SHA-384: the signatures of ID blocks and attestation reports. [FIPS 186-5 "ECDSA"]
#pragma once
#include <array>
#include <cstddef>
#include <optional>

#include "crypto/hash.hpp"

namespace crypto {

/// A number of the curve, most significant byte first. The AMD-SP's structures have the least significant first.
using P384Number = std::array<std::byte, 48>;

struct P384Point {
    P384Number x, y;
    friend bool operator==(const P384Point&, const P384Point&) = default;
};
struct P384Signature {
    P384Number r, s;
    friend bool operator==(const P384Signature&, const P384Signature&) = default;
};

/// Signs a digest. The nonce follows from key and digest [RFC 6979], so the same digest has the same signature each time
/// and no bad random number gives the key away. Empty when `key` is 0 or not below the order of the curve.
[[nodiscard]] std::optional<P384Signature> sign_p384(const P384Number& key, const Sha384::Digest& digest);
/// False also for a point that is not on the curve and for numbers outside 1 to the order of the curve less 1.
[[nodiscard]] bool verifies_p384(const P384Point& key, const Sha384::Digest& digest,
                                 const P384Signature& signature);

}  // namespace crypto
