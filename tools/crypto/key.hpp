// SPDX-License-Identifier: MIT
// A private key of the curve P-384, and its signatures.
#pragma once
#include <array>
#include <filesystem>
#include <memory>

#include "base/bytes.hpp"
#include "tools/support/problem.hpp"

namespace tools::crypto {

/// A number of the curve, most significant byte first.
using P384Number = std::array<std::byte, 48>;

struct P384Point {
    P384Number x, y;
};
struct P384Signature {
    P384Number r, s;
    friend bool operator==(const P384Signature&, const P384Signature&) = default;
};

class SigningKey {
public:
    /// From a PEM file, SEC1 ("BEGIN EC PRIVATE KEY") or PKCS#8. A problem: no such file, no private key in it, one that
    /// is encrypted, another algorithm or curve.
    [[nodiscard]] static Result<SigningKey> read(const std::filesystem::path& path);
    /// The same from the bytes of such a file; `name` is what sentences call it.
    [[nodiscard]] static Result<SigningKey> parse(Bytes pem, const std::string& name);

    [[nodiscard]] P384Point public_point() const;
    /// ECDSA with SHA-384. The nonce comes from key and message [RFC6979], so the same message has the same signature
    /// each time; OpenSSL has checked the signature before it is returned.
    [[nodiscard]] P384Signature sign(Bytes message) const;

private:
    struct Impl;
    explicit SigningKey(std::shared_ptr<const Impl> impl) : impl_{std::move(impl)} {}
    std::shared_ptr<const Impl> impl_;
};

}  // namespace tools::crypto
