// SPDX-License-Identifier: MIT
#include "svsm/psp/channel.hpp"

#include <algorithm>

#include "abi/snp/certificate_table.hpp"
#include "base/result.hpp"
#include "machine/machine.hpp"
#include "svsm/psp/cipher.hpp"

namespace svsm::psp {
namespace {

using abi::MessageHeader, abi::GuestRequestStatus;

MessageHeader& header_of(PageSpan page) { return *reinterpret_cast<MessageHeader*>(page.data()); }
std::span<std::byte> payload_of(PageSpan page, std::size_t bytes) {
    return page.subspan(sizeof(MessageHeader), bytes);
}

}  // namespace

std::expected<Delivery, MessageError> Channel::exchange(const Message& message, Certificates certificates) {
    if (!has_key_) return std::unexpected{MessageError::KeyGone};
    Resends left = most_resends;
    TRY_VOID(finish_waiting(left));
    TRY_VOID(seal(message));
    auto reply = TRY(send(certificates, left));
    const auto pages_wanted = reply.pages;
    const bool is_too_small = certificates == Certificates::Wanted && reply.firmware == 0 &&
                              reply.host == GuestRequestStatus::InvalidLength;
    if (is_too_small) {
        // The AMD-SP has not seen the message. Without certificates it does, and its number is used.
        reply = TRY(send(Certificates::None, left));
    }
    const auto payload = TRY(take_answer(reply, message.answer_bytes));
    return is_too_small ? Delivery{{}, pages_wanted} : Delivery{payload};
}

/// The earlier caller has gone with a failure. Its message has a number, so it must be used up by these bytes.
std::expected<void, MessageError> Channel::finish_waiting(Resends& left) {
    if (!is_waiting_) return {};
    const auto reply = TRY(send(Certificates::None, left));
    if (const auto dropped = take_answer(reply, max_payload); !dropped)
        return std::unexpected{dropped.error()};
    return {};
}

/// Encrypts in private memory: in shared memory the host could read the plain text, or have two texts
/// encrypted under one number.
std::expected<void, MessageError> Channel::seal(const Message& message) {
    const auto number = count_ + 1;
    if (number >= number_limit) return std::unexpected{MessageError::NumbersUsedUp};
    Key key;
    if (!load_key(key, pages_.key)) return std::unexpected{MessageError::KeyUnreachable};
    std::ranges::fill(pages_.request, std::byte{0});
    auto& header = header_of(pages_.request) = request_header(message, number);
    const auto payload = payload_of(pages_.request, message.payload.size());
    std::ranges::copy(message.payload, payload.begin());
    psp::seal(key, header, payload);
    is_waiting_ = true;
    return {};
}

Channel::Sent Channel::send(Certificates certificates, Resends& left) {
    const ghcb::MessagePages pages{pages_.shared_request.gpa, pages_.shared_answer.gpa};
    // What the host left here for another message is no certificate for this one.
    if (certificates == Certificates::Wanted)
        std::fill_n(pages_.certificates.at, sizeof(abi::CertificateTableEntry), std::byte{0});
    for (;; --left) {
        copy_to_shared(pages_.shared_request.at, pages_.request);
        const auto reply =
            certificates == Certificates::Wanted
                ? ghcb::extended_guest_request(pages, {pages_.certificates.gpa, certificate_pages})
                : ghcb::guest_request(pages);
        if (!reply.is_accepted) return std::unexpected{MessageError::NotOffered};
        if (reply.host != GuestRequestStatus::Busy || reply.firmware != 0) return reply;
        if (left == 0) return std::unexpected{MessageError::Busy};
        machine::pause();
    }
}

/// Decides whether the reply and the answer finish the message in flight.
std::expected<Bytes, MessageError> Channel::take_answer(const ghcb::GuestRequestReply& reply,
                                                        std::size_t room) {
    const auto answer = open(reply, room);
    if (answer) {
        count_ += 2;
        is_waiting_ = false;
    } else if (is_final(answer.error())) {
        give_up();
    }
    return answer;
}

std::expected<Bytes, MessageError> Channel::open(const ghcb::GuestRequestReply& reply, std::size_t room) {
    if (reply.firmware != 0) return std::unexpected{MessageError::FirmwareStatus};
    if (reply.host != GuestRequestStatus::Done) return std::unexpected{MessageError::HostStatus};
    copy_from_shared(pages_.answer, pages_.shared_answer.at);
    const auto& header = header_of(pages_.answer);
    TRY_VOID(check_answer(header, header_of(pages_.request), room));
    Key key;
    if (!load_key(key, pages_.key)) return std::unexpected{MessageError::KeyUnreachable};
    const auto payload = payload_of(pages_.answer, header.payload_bytes);
    if (!psp::open(key, header, payload)) return std::unexpected{MessageError::BadTag};
    return payload;
}

/// Without the key no later code can use a number twice.
void Channel::give_up() {
    wipe_key(pages_.key);
    has_key_ = false;
    is_waiting_ = false;
}

}  // namespace svsm::psp
