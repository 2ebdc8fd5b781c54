// SPDX-License-Identifier: MIT
// The forms of AES and GHASH that look nothing up in a table by a secret: a host sees which cache lines a guest reads.
#include "crypto/aes_gcm.hpp"

#include <bearssl.h>

#include "crypto/wipe.hpp"

namespace crypto {
namespace {

/// One message; the destructor wipes round keys and the key of the tags.
class Message {
public:
    Message(const AesKey& key, const GcmNonce& nonce, Bytes authenticated) {
        br_aes_ct64_ctr_init(&cipher_, key.data(), key.size());
        br_gcm_init(&gcm_, &cipher_.vtable, br_ghash_ctmul64);
        br_gcm_reset(&gcm_, nonce.data(), nonce.size());
        // No bytes may have no address, with which BearSSL would compute.
        if (!authenticated.empty()) br_gcm_aad_inject(&gcm_, authenticated.data(), authenticated.size());
        br_gcm_flip(&gcm_);
    }
    ~Message() {
        wipe_object(gcm_);
        wipe_object(cipher_);
    }
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;

    void encrypt(std::span<std::byte> text) { run(1, text); }
    void decrypt(std::span<std::byte> text) { run(0, text); }
    [[nodiscard]] GcmTag tag() {
        GcmTag tag;
        br_gcm_get_tag(&gcm_, tag.data());
        return tag;
    }
    [[nodiscard]] bool has_tag(const GcmTag& tag) { return br_gcm_check_tag(&gcm_, tag.data()) == 1; }

private:
    void run(int encrypts, std::span<std::byte> text) {
        if (!text.empty()) br_gcm_run(&gcm_, encrypts, text.data(), text.size());
    }
    br_aes_ct64_ctr_keys cipher_;
    br_gcm_context gcm_;
};

}  // namespace

GcmTag seal(const AesKey& key, const GcmNonce& nonce, Bytes authenticated, std::span<std::byte> text) {
    Message message{key, nonce, authenticated};
    message.encrypt(text);
    return message.tag();
}

bool open(const AesKey& key, const GcmNonce& nonce, Bytes authenticated, std::span<std::byte> text,
          const GcmTag& tag) {
    Message message{key, nonce, authenticated};
    message.decrypt(text);
    if (message.has_tag(tag)) return true;
    wipe(text);
    return false;
}

}  // namespace crypto
