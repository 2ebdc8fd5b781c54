// SPDX-License-Identifier: MIT
// AES-256-GCM with nonces of 96 bits and tags of 128: encrypts and authenticates at once. [SP 800-38D]
#pragma once
#include <array>
#include <cstddef>
#include <span>

#include "base/bytes.hpp"

namespace crypto {

using AesKey = std::array<std::byte, 32>;
/// Never the same twice under one key: two messages with one nonce give away their difference, and then the key
/// of the tags.
using GcmNonce = std::array<std::byte, 12>;
using GcmTag = std::array<std::byte, 16>;

/// Encrypts `text` in place. `authenticated` is not encrypted, but the tag covers it too.
[[nodiscard]] GcmTag seal(const AesKey& key, const GcmNonce& nonce, Bytes authenticated,
                          std::span<std::byte> text);
/// Decrypts `text` in place. False when `tag` is not that of `text`, `authenticated`, nonce and key: `text` is all
/// zeros then, because nothing is known of where its bytes come from. The comparison takes the same time, whichever
/// bytes of the tags differ.
[[nodiscard]] bool open(const AesKey& key, const GcmNonce& nonce, Bytes authenticated,
                        std::span<std::byte> text, const GcmTag& tag);

}  // namespace crypto
