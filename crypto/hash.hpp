// SPDX-License-Identifier: MIT
// SHA-384 and SHA-512, in pieces or at once. [FIPS 180-4 "SHA-512" and "SHA-384"]
#pragma once
#include <array>
#include <cstddef>

#include "base/bytes.hpp"

namespace crypto {

/// A hash over pieces. It takes no memory; copies go on independently. The destructor wipes what it knows of the pieces.
template <std::size_t DigestBytes>
class Sha2 {
public:
    using Digest = std::array<std::byte, DigestBytes>;  ///< most significant byte first
    Sha2();
    Sha2(const Sha2&) = default;
    Sha2& operator=(const Sha2&) = default;
    ~Sha2();
    /// Appends `bytes`, any number of them: how they are cut into pieces does not matter.
    void add(Bytes bytes);
    /// The hash of all pieces so far; more may follow.
    [[nodiscard]] Digest value() const;

private:
    /// BearSSL's context; the source file proves its size.
    alignas(8) std::array<std::byte, 208> context_;
};
extern template class Sha2<48>;
extern template class Sha2<64>;

using Sha384 = Sha2<48>;
using Sha512 = Sha2<64>;

/// All of `bytes` at once.
[[nodiscard]] Sha384::Digest sha384(Bytes bytes);
[[nodiscard]] Sha512::Digest sha512(Bytes bytes);

}  // namespace crypto
