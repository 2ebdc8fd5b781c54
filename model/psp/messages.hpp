// SPDX-License-Identifier: MIT
// GUEST_REQUEST: how the AMD-SP opens a message of its guest, what it answers, and which message it does not take.
// [SNP-ABI "SNP_GUEST_REQUEST"] [SNP-ABI "Guest Messages"]
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "abi/snp/firmware_status.hpp"
#include "abi/snp/guest_message.hpp"
#include "model/psp/chip.hpp"
#include "model/psp/guest.hpp"
#include "model/psp/platform.hpp"

namespace model::psp {

/// Why the AMD-SP does not answer. The count of messages stays where it is, and no answer is written.
enum class MessageRefusal : std::uint8_t {
    GuestNotRunning,
    Header,         ///< algorithm, version or size of the header, number of the key, or a reserved byte
    Length,         ///< more payload than a page has
    KeyUsedUp,      ///< no number is left for request and answer
    Sequence,       ///< not the number behind the last message
    Authenticity,   ///< the tag is wrong
    Type,           ///< unknown, or not for guests
    Version,        ///< of this type of message
    PayloadLength,  ///< not that of this type and version
};
[[nodiscard]] std::string_view describe(MessageRefusal refusal);
[[nodiscard]] abi::FirmwareStatus status_of(MessageRefusal refusal);

using MessageKey = std::array<std::byte, 32>;
using MessageNonce = std::array<std::byte, 12>;
using MessageTag = std::array<std::byte, abi::message_tag_bytes>;

/// The library's ciphers.
struct Ciphers {
    Sha384Of sha384;
    /// AES-256-GCM in place. `open` is false for a wrong tag.
    MessageTag (*seal)(const MessageKey& key, const MessageNonce& nonce, Bytes authenticated,
                       std::span<std::byte> text);
    bool (*open)(const MessageKey& key, const MessageNonce& nonce, Bytes authenticated,
                 std::span<std::byte> text, const MessageTag& tag);
    /// Signs a digest; empty for a number that is no key.
    std::optional<P384Pair> (*sign)(const P384Number& key, const abi::Sha384& digest);
};

/// Everything that an answer depends on beside the guest.
struct Firmware {
    const Chip& chip;
    const Platform& platform;
    const Ciphers& ciphers;
    std::optional<std::uint32_t> report_version{};  ///< that the host has asked for
};

/// Opens `request`, the AMD-SP's own copy, in place, and writes the sealed answer. A message that asks for what its sender may
/// not have is answered all the same: the status is inside. The caller calls `consumed` when the guest can read the answer,
/// and not before.
[[nodiscard]] std::expected<void, MessageRefusal> answer(const Guest& guest, const Firmware& firmware,
                                                         abi::GuestMessage& request,
                                                         abi::GuestMessage& response);
/// The request and its answer are used up.
inline void consumed(Guest& guest, const abi::GuestMessage& response) {
    guest.messages[response.header.vmpck & 3] = response.header.sequence;
}

/// What the AMD-SP does before it looks into the payload: the checks of the header, in their order. The first reason in the
/// order of the enum, up to Sequence.
[[nodiscard]] std::expected<void, MessageRefusal> check_header(const abi::MessageHeader& header,
                                                               const Guest& guest);

}  // namespace model::psp
