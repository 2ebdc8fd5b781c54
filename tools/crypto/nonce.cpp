// SPDX-License-Identifier: MIT
#include "tools/crypto/nonce.hpp"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <vector>

#include "tools/crypto/openssl.hpp"

namespace tools::crypto {
namespace {

P384Number hmac(const P384Number& key, Bytes message) {
    P384Number result;
    must_have(HMAC(EVP_sha384(), key.data(), static_cast<int>(key.size()),
                   reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                   reinterpret_cast<unsigned char*>(result.data()), nullptr));
    return result;
}

/// The hash as a number below the order: it has as many bits, so one subtraction is enough.
P384Number reduced(const abi::Sha384& hash, const P384Number& order) {
    if (std::ranges::lexicographical_compare(hash, order)) return hash;
    P384Number result;
    int borrow = 0;
    for (std::size_t i = result.size(); i-- > 0;) {
        const int difference = std::to_integer<int>(hash[i]) - std::to_integer<int>(order[i]) - borrow;
        borrow = difference < 0 ? 1 : 0;
        result[i] = static_cast<std::byte>(difference & 0xff);
    }
    return result;
}

bool is_zero(const P384Number& number) {
    return std::ranges::all_of(number, [](std::byte b) { return b == std::byte{}; });
}

}  // namespace

Nonces::Nonces(const P384Number& secret, const P384Number& order, const abi::Sha384& hash) : order_{order} {
    value_.fill(std::byte{1});
    const P384Number number = reduced(hash, order);
    std::array<std::byte, 2 * sizeof(P384Number)> seed;
    std::ranges::copy(number, std::ranges::copy(secret, seed.begin()).out);
    stir(std::byte{0}, seed);
    stir(std::byte{1}, seed);
    OPENSSL_cleanse(seed.data(), seed.size());
}

Nonces::~Nonces() {
    OPENSSL_cleanse(key_.data(), key_.size());
    OPENSSL_cleanse(value_.data(), value_.size());
}

void Nonces::stir(std::byte separator, Bytes with_key) {
    std::vector<std::byte> message{value_.begin(), value_.end()};
    message.push_back(separator);
    message.insert(message.end(), with_key.begin(), with_key.end());
    key_ = hmac(key_, message);
    value_ = hmac(key_, value_);
    OPENSSL_cleanse(message.data(), message.size());
}

P384Number Nonces::next() {
    for (;;) {
        if (!is_first_) stir(std::byte{0}, {});
        is_first_ = false;
        value_ = hmac(key_, value_);
        if (!is_zero(value_) && std::ranges::lexicographical_compare(value_, order_)) return value_;
    }
}

}  // namespace tools::crypto
