// SPDX-License-Identifier: MIT
// A guest that runs, its keys known, and messages as it sends them.
#pragma once
#include <cstring>

#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "crypto/aes_gcm.hpp"
#include "crypto/ecdsa_p384.hpp"
#include "crypto/hash.hpp"
#include "model/psp/messages.hpp"

namespace model::psp {

inline std::optional<P384Pair> sign_for_test(const P384Number& key, const abi::Sha384& digest) {
    const auto signature = crypto::sign_p384(key, digest);
    if (!signature) return std::nullopt;
    return P384Pair{signature->r, signature->s};
}
inline constexpr Ciphers real_ciphers{[](Bytes bytes) -> abi::Sha384 { return crypto::sha384(bytes); },
                                      crypto::seal, crypto::open, sign_for_test};

class PspMessages : public testing::Test {
protected:
    PspMessages() {
        guest.state = GuestState::Running;
        guest.policy = 0x3'0000;
        guest.measurement.fill(std::byte{0x4d});
        guest.host_data.fill(0x4e);
        guest.report_id.fill(0x1d);
        guest.identity.guest_svn = 5;
        // VMPCK0 is 00 01 .. 1f, as in the published vectors; the others begin with 20, 40, 60.
        for (std::size_t key = 0; key < 4; ++key)
            for (std::size_t i = 0; i < 32; ++i)
                guest.secrets.keys[key][i] = static_cast<std::uint8_t>(32 * key + i);
        chip.id.fill('c');
        chip.key.fill(std::byte{7});
    }
    /// The next message of a guest, not sealed yet.
    template <class T>
    void begin(abi::MessageType type, const T& payload, unsigned vmpck = 0, std::size_t bytes = sizeof(T)) {
        request = {};
        auto& h = request.header;
        h.sequence = guest.messages[vmpck] + 1;
        h.algorithm = abi::message_aes_256_gcm;
        h.header_version = abi::message_header_version;
        h.header_bytes = sizeof h;
        h.type = static_cast<std::uint8_t>(type);
        h.version = abi::message_version;
        h.payload_bytes = static_cast<std::uint16_t>(bytes);
        h.vmpck = static_cast<std::uint8_t>(vmpck);
        std::memcpy(request.payload, &payload, std::min(bytes, sizeof payload));
    }
    void seal() {
        const auto tag = crypto::seal(key_of(request), nonce_of(request), covered(request), text_of(request));
        std::memcpy(request.header.tag, tag.data(), tag.size());
    }
    std::expected<void, MessageRefusal> send() {
        response = untouched;
        return answer(guest, {chip, platform, real_ciphers, version}, request, response);
    }
    /// The payload of the answer, opened.
    template <class T>
    T opened() {
        crypto::GcmTag tag;
        std::memcpy(tag.data(), response.header.tag, tag.size());
        EXPECT_TRUE(
            crypto::open(key_of(response), nonce_of(response), covered(response), text_of(response), tag));
        T value;
        std::memcpy(&value, response.payload, sizeof value);
        return value;
    }
    static std::span<std::byte> text_of(abi::GuestMessage& message) {
        return std::as_writable_bytes(std::span{message.payload}).first(message.header.payload_bytes);
    }
    static Bytes covered(const abi::GuestMessage& message) {
        return bytes_of_object(message).subspan(0x30, 0x30);
    }
    static crypto::GcmNonce nonce_of(const abi::GuestMessage& message) {
        crypto::GcmNonce nonce{};
        std::memcpy(nonce.data(), &message.header.sequence, 8);
        return nonce;
    }
    [[nodiscard]] crypto::AesKey key_of(const abi::GuestMessage& message) const {
        crypto::AesKey key;
        std::memcpy(key.data(), guest.secrets.keys[message.header.vmpck & 3].data(), key.size());
        return key;
    }

    Guest guest{};
    Chip chip{.family = 0x19, .model = 0x11, .stepping = 1, .tcb = {{10, 0, 0, 0, 0, 0, 23, 84}}};
    Platform platform{};
    std::optional<std::uint32_t> version;
    abi::GuestMessage request{}, response{};
    const abi::GuestMessage untouched = [] {
        abi::GuestMessage page;
        std::memset(&page, 0xee, sizeof page);
        return page;
    }();
};

}  // namespace model::psp
