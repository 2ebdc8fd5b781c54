// SPDX-License-Identifier: MIT
// The forms of AES and GHASH that look nothing up in a table by a secret: a host sees which cache lines a guest reads.
#include "crypto/aes_gcm.hpp"

#include <bearssl.h>

#include "crypto/wipe.hpp"

namespace crypto {
namespace {

using Block = std::array<std::byte, br_aes_ct64_BLOCK_SIZE>;

/// One message under one key and nonce; the destructor wipes round keys and the key of the tags. GCM is put together here
/// from the library's CTR and GHASH: its own form calls them through tables of pointers, which no kernel of ours does.
/// [SP 800-38D "GCM-AE", "GHASH"]
class Message {
public:
    Message(const AesKey& key, const GcmNonce& nonce) : nonce_{nonce} {
        br_aes_ct64_ctr_init(&cipher_, key.data(), key.size());
        constexpr GcmNonce zeros{};
        run(zeros, 0, tag_key_);
    }
    ~Message() {
        wipe_object(cipher_);
        wipe(tag_key_);
    }
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;

    /// Encrypts or decrypts: the same.
    void crypt(std::span<std::byte> text) const {
        constexpr std::uint32_t first_of_text = 2;
        run(nonce_, first_of_text, text);
    }
    /// Of the encrypted `text`.
    [[nodiscard]] GcmTag tag(Bytes authenticated, Bytes text) const {
        GcmTag tag{};
        const auto lengths = lengths_of(authenticated, text);
        for (const Bytes part : {authenticated, text, Bytes{lengths}}) {
            // No bytes may have no address, with which BearSSL would compute.
            if (!part.empty()) br_ghash_ctmul64(tag.data(), tag_key_.data(), part.data(), part.size());
        }
        constexpr std::uint32_t first_block = 1;
        run(nonce_, first_block, tag);
        return tag;
    }

private:
    /// XORs `bytes` with the key stream of `nonce`, from that block on.
    void run(const GcmNonce& nonce, std::uint32_t block, std::span<std::byte> bytes) const {
        if (!bytes.empty()) br_aes_ct64_ctr_run(&cipher_, nonce.data(), block, bytes.data(), bytes.size());
    }
    /// In bits, most significant byte first.
    static Block lengths_of(Bytes authenticated, Bytes text) {
        Block block;
        for (std::size_t i = 0; i < 8; ++i) {
            block[i] = static_cast<std::byte>(std::uint64_t{authenticated.size()} * 8 >> (56 - 8 * i));
            block[8 + i] = static_cast<std::byte>(std::uint64_t{text.size()} * 8 >> (56 - 8 * i));
        }
        return block;
    }

    GcmNonce nonce_;
    br_aes_ct64_ctr_keys cipher_;
    Block tag_key_{};
};

/// Looks at every byte, whichever differs.
bool equals(const GcmTag& a, const GcmTag& b) {
    std::byte difference{0};
    for (std::size_t i = 0; i < a.size(); ++i) difference |= a[i] ^ b[i];
    return difference == std::byte{0};
}

}  // namespace

GcmTag seal(const AesKey& key, const GcmNonce& nonce, Bytes authenticated, std::span<std::byte> text) {
    const Message message{key, nonce};
    message.crypt(text);
    return message.tag(authenticated, text);
}

bool open(const AesKey& key, const GcmNonce& nonce, Bytes authenticated, std::span<std::byte> text,
          const GcmTag& tag) {
    const Message message{key, nonce};
    if (!equals(message.tag(authenticated, text), tag)) {
        wipe(text);
        return false;
    }
    message.crypt(text);
    return true;
}

}  // namespace crypto
