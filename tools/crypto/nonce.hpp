// SPDX-License-Identifier: MIT
// Nonces of ECDSA that come from key and message instead of chance. [RFC6979 "Generation of k"]
#pragma once
#include "abi/snp/page_info.hpp"
#include "tools/crypto/key.hpp"

namespace tools::crypto {

/// For a curve whose order has as many bits as the hash, 384: hash and numbers then need no shifting.
class Nonces {
public:
    /// `secret` and `order` are the key and the order of the curve, `hash` the SHA-384 of the message.
    Nonces(const P384Number& secret, const P384Number& order, const abi::Sha384& hash);
    Nonces(const Nonces&) = delete;
    Nonces& operator=(const Nonces&) = delete;
    ~Nonces();
    /// The next candidate between 1 and the order less 1. The first one is used unless it leads to a zero.
    [[nodiscard]] P384Number next();

private:
    /// Both states move on; `with_key` puts key and hash into them.
    void stir(std::byte separator, Bytes with_key);
    P384Number order_, key_{}, value_{};
    bool is_first_ = true;
};

}  // namespace tools::crypto
