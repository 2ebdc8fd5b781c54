// SPDX-License-Identifier: MIT
#include "model/psp/messages.hpp"

#include <cstring>

#include "base/result.hpp"
#include "base/zero.hpp"
#include "model/psp/message_answers.hpp"

namespace model::psp {
namespace {

using enum MessageRefusal;
using abi::MessageType;

bool is_sound(const abi::MessageHeader& header) {
    return header.algorithm == abi::message_aes_256_gcm &&
           header.header_version == abi::message_header_version && header.header_bytes == sizeof header &&
           header.vmpck < 4 && header.reserved_28 == 0 && header.reserved_38 == 0 &&
           is_zero(header.reserved_3d) && is_zero(std::span{header.tag}.subspan(abi::message_tag_bytes));
}

/// What the tag covers beside the payload.
Bytes covered(const abi::MessageHeader& header) {
    return bytes_of_object(header).subspan(abi::authenticated_header, abi::authenticated_header_bytes);
}
std::span<std::byte> text_of(abi::GuestMessage& message) {
    return std::as_writable_bytes(std::span{message.payload}).first(message.header.payload_bytes);
}
MessageNonce nonce_of(const abi::MessageHeader& header) {
    MessageNonce nonce{};
    std::memcpy(nonce.data(), &header.sequence, sizeof header.sequence);
    return nonce;
}
MessageKey key_of(const Guest& guest, unsigned vmpck) {
    MessageKey key;
    std::memcpy(key.data(), guest.secrets.keys[vmpck & 3].data(), sizeof key);
    return key;
}

bool opens(const Guest& guest, const Ciphers& ciphers, abi::GuestMessage& request) {
    MessageTag tag;
    std::memcpy(tag.data(), request.header.tag, sizeof tag);
    return ciphers.open(key_of(guest, request.header.vmpck), nonce_of(request.header),
                        covered(request.header), text_of(request), tag);
}

void seal(const Guest& guest, const Ciphers& ciphers, abi::GuestMessage& response) {
    const auto tag = ciphers.seal(key_of(guest, response.header.vmpck), nonce_of(response.header),
                                  covered(response.header), text_of(response));
    std::memcpy(response.header.tag, tag.data(), sizeof tag);
}

/// Bytes of the payload that a request of this type has. Type, Version.
std::expected<std::size_t, MessageRefusal> payload_bytes(const abi::MessageHeader& header) {
    const bool is_first = header.version == abi::message_version;
    switch (MessageType{header.type}) {
        case MessageType::ReportRequest:
            if (is_first) return sizeof(abi::ReportRequest);
            return std::unexpected{Version};
        case MessageType::KeyRequest:
            if (is_first) return abi::key_request_1_bytes;
            if (header.version == abi::key_request_version_2) return sizeof(abi::KeyRequest);
            return std::unexpected{Version};
        case MessageType::TscInfoRequest:
            if (is_first) return sizeof(abi::TscInfoRequest);
            return std::unexpected{Version};
        default: return std::unexpected{Type};
    }
}

/// A request that may be shorter than T, the rest zeros.
template <class T>
T request_in(const abi::GuestMessage& message) {
    T request{};
    std::memcpy(&request, message.payload,
                std::min<std::size_t>(sizeof request, message.header.payload_bytes));
    return request;
}

std::uint16_t write_payload(const Guest& guest, const Firmware& firmware, const abi::GuestMessage& request,
                            std::uint8_t* payload) {
    const unsigned vmpck = request.header.vmpck;
    switch (MessageType{request.header.type}) {
        case MessageType::ReportRequest:
            return answer_report(request_in<abi::ReportRequest>(request), vmpck, guest, firmware, payload);
        case MessageType::KeyRequest:
            return answer_key(request_in<abi::KeyRequest>(request), vmpck, guest, firmware, payload);
        default: return answer_tsc_info(guest, payload);
    }
}

}  // namespace

std::string_view describe(MessageRefusal refusal) {
    switch (refusal) {
        case GuestNotRunning: return "the guest does not run";
        case Header: return "the header is not one";
        case Length: return "the payload is longer than a page";
        case KeyUsedUp: return "the numbers of this key are used up";
        case Sequence: return "the number is not the next one";
        case Authenticity: return "the tag is wrong";
        case Type: return "no guest sends this type";
        case Version: return "this type has no such version";
        case PayloadLength: return "the payload has not the length of its type";
    }
    __builtin_unreachable();
}

abi::FirmwareStatus status_of(MessageRefusal refusal) {
    switch (refusal) {
        case GuestNotRunning: return abi::FirmwareStatus::InvalidGuestState;
        case KeyUsedUp: return abi::FirmwareStatus::AeadOverflow;
        case Authenticity: return abi::FirmwareStatus::BadMeasurement;
        case Header:
        case Length:
        case Sequence:
        case Type:
        case Version:
        case PayloadLength: return abi::FirmwareStatus::InvalidParameter;
    }
    __builtin_unreachable();
}

std::expected<void, MessageRefusal> check_header(const abi::MessageHeader& header, const Guest& guest) {
    constexpr std::uint64_t last_message = ~1ull;  // both a request and its answer need a number
    if (guest.state != GuestState::Running) return std::unexpected{GuestNotRunning};
    if (!is_sound(header)) return std::unexpected{Header};
    if (header.payload_bytes > sizeof abi::GuestMessage::payload) return std::unexpected{Length};
    const std::uint64_t count = guest.messages[header.vmpck];
    if (count >= last_message) return std::unexpected{KeyUsedUp};
    if (header.sequence != count + 1) return std::unexpected{Sequence};
    return {};
}

std::expected<void, MessageRefusal> answer(const Guest& guest, const Firmware& firmware,
                                           abi::GuestMessage& request, abi::GuestMessage& response) {
    TRY_VOID(check_header(request.header, guest));
    if (!opens(guest, firmware.ciphers, request)) return std::unexpected{Authenticity};
    if (TRY(payload_bytes(request.header)) != request.header.payload_bytes)
        return std::unexpected{PayloadLength};
    std::memset(&response, 0, sizeof response);
    response.header.sequence = request.header.sequence + 1;
    response.header.algorithm = abi::message_aes_256_gcm;
    response.header.header_version = abi::message_header_version;
    response.header.header_bytes = sizeof response.header;
    response.header.type = static_cast<std::uint8_t>(request.header.type + 1);
    response.header.version = request.header.version;
    response.header.vmpck = request.header.vmpck;
    response.header.payload_bytes = write_payload(guest, firmware, request, response.payload);
    seal(guest, firmware.ciphers, response);
    return {};
}

}  // namespace model::psp
