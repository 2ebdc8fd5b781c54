// SPDX-License-Identifier: MIT
// Headers of messages: how the SVSM fills them, and what it accepts. No key, no host. [SNP-ABI "Guest Messages"]
#pragma once
#include <expected>

#include "abi/snp/guest_message.hpp"
#include "base/address.hpp"
#include "base/bytes.hpp"
#include "svsm/psp/message_error.hpp"

namespace svsm::psp {

/// Most bytes of a payload.
inline constexpr std::size_t max_payload = sizeof abi::GuestMessage::payload;

/// A question to the AMD-SP.
struct Message {
    abi::MessageType type;
    std::uint8_t version;
    Bytes payload;             ///< at most `max_payload`
    std::size_t answer_bytes;  ///< most bytes of the answer's payload
};

/// The header of `message` under VMPCK0 and `number`, without a tag.
[[nodiscard]] abi::MessageHeader request_header(const Message& message, std::uint64_t number);

/// Whether `answer` can be the header of an answer to `request`, of at most `room` bytes. Nothing in it is authentic
/// before the tag is checked: these checks say that it would be the answer to this message and no other. WrongNumber,
/// WrongFormat, WrongType, WrongVersion, WrongKey, TooLong.
[[nodiscard]] std::expected<void, MessageError> check_answer(const abi::MessageHeader& answer,
                                                             const abi::MessageHeader& request,
                                                             std::size_t room);

}  // namespace svsm::psp
