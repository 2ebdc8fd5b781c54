// SPDX-License-Identifier: MIT
#include "tools/crypto/hash.hpp"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

namespace tools::crypto {
namespace {

/// One algorithm, looked up once: a launch digest hashes twice for each page, and a look-up takes longer than that.
class Hasher {
public:
    explicit Hasher(const char* name)
        : digest_{EVP_MD_fetch(nullptr, name, nullptr), EVP_MD_free},
          context_{EVP_MD_CTX_new(), EVP_MD_CTX_free} {
        // Every OpenSSL has them; without them no answer would be right.
        if (!digest_ || !context_) std::abort();
    }
    void operator()(Bytes bytes, std::span<std::byte> to) {
        const bool done =
            EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) == 1 &&
            EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1 &&
            EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(to.data()), nullptr) == 1;
        if (!done) std::abort();
    }

private:
    std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> digest_;
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

std::optional<unsigned> digit_of(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

}  // namespace

Sha256 sha256(Bytes bytes) {
    static thread_local Hasher hasher{"SHA2-256"};
    Sha256 value;
    hasher(bytes, value);
    return value;
}

abi::Sha384 sha384(Bytes bytes) {
    static thread_local Hasher hasher{"SHA2-384"};
    abi::Sha384 value;
    hasher(bytes, value);
    return value;
}

Sha512 sha512(Bytes bytes) {
    static thread_local Hasher hasher{"SHA2-512"};
    Sha512 value;
    hasher(bytes, value);
    return value;
}

std::string hex(Bytes bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::byte byte : bytes) {
        text += digits[std::to_integer<unsigned>(byte) >> 4];
        text += digits[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}

std::optional<std::vector<std::byte>> from_hex(std::string_view text) {
    std::vector<std::byte> bytes;
    if (text.size() % 2 != 0) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const auto high = digit_of(text[i]), low = digit_of(text[i + 1]);
        if (!high || !low) return std::nullopt;
        bytes.push_back(static_cast<std::byte>(*high << 4 | *low));
    }
    return bytes;
}

}  // namespace tools::crypto
