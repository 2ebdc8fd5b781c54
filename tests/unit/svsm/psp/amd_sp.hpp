// SPDX-License-Identifier: MIT
// An AMD-SP for unit tests, written from the specification alone: it shares no line with the SVSM's side. It has one key
// and one guest at VMPL0. [SNP-ABI "Guest Messages"]
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>

#include "abi/snp/guest_message.hpp"
#include "base/bytes.hpp"
#include "crypto/aes_gcm.hpp"

namespace svsm::psp {

using MessagePage = std::array<std::byte, page_bytes>;

class AmdSp {
public:
    static constexpr std::uint32_t success = 0, bad_measurement = 0x0b, invalid_param = 0x16;

    explicit AmdSp(const crypto::AesKey& key) : key_{key} {}

    /// Status of the firmware; the answer is in its page when that is 0, and the count has moved.
    std::uint32_t request(const MessagePage& message, MessagePage& answer) {
        auto header = header_in(message);
        if (static_cast<std::uint8_t>(message[0x30]) != 1 || static_cast<std::uint8_t>(message[0x31]) != 1 ||
            header.header_bytes != 0x60 || header.vmpck != 0 || header.payload_bytes > 0xfa0)
            return invalid_param;
        if (header.sequence != count + 1) return invalid_param;
        MessagePage copy = message;
        const auto text = std::span{copy}.subspan(0x60, header.payload_bytes);
        if (!crypto::open(key_, nonce(header.sequence), aad(message), text, tag(message)))
            return bad_measurement;
        if (header.version != 1) return invalid_param;
        if (header.type == 5 && text.size() == 0x60)
            write_answer(answer, header.sequence + 1, report_for(text));
        else if (header.type == 17 && text.size() == 128)
            write_answer(answer, header.sequence + 1, whole_or_cut(bytes_of_object(clock)), 18);
        else
            return invalid_param;
        count += 2;
        return success;
    }

    /// A whole answer with any header and any payload, authentic.
    void write_answer(MessagePage& page, std::uint64_t number, Bytes payload, std::uint8_t type = 6) {
        abi::MessageHeader header{};
        header.sequence = number;
        header.algorithm = 1;
        header.header_version = 1;
        header.header_bytes = 0x60;
        header.type = type;
        header.version = 1;
        header.payload_bytes = static_cast<std::uint16_t>(payload.size());
        if (change_header) change_header(header);
        page = {};
        std::memcpy(page.data(), &header, sizeof header);
        const auto text = std::span{page}.subspan(0x60, payload.size());
        std::memcpy(text.data(), payload.data(), payload.size());
        const auto sealed = crypto::seal(key_, nonce(header.sequence), aad(page), text);
        std::memcpy(page.data(), sealed.data(), sealed.size());
    }

    /// Bytes of every report but those that the request decides.
    static abi::AttestationReport pattern() {
        abi::AttestationReport report;
        auto* const bytes = reinterpret_cast<std::uint8_t*>(&report);
        for (std::size_t i = 0; i < sizeof report; ++i) bytes[i] = static_cast<std::uint8_t>(i % 251);
        return report;
    }

    std::uint64_t count = 0;
    std::function<void(abi::MessageHeader&)> change_header;
    std::function<void(abi::ReportResponse&)> change_response;
    std::optional<std::size_t> payload_bytes;  ///< another length than the answer has
    abi::ReportRequest asked{};                ///< the last one
    abi::TscInfoResponse clock{.scale = 1ull << 32, .offset = 0x1234'5678'9abc};

private:
    static abi::MessageHeader header_in(const MessagePage& page) {
        abi::MessageHeader header;
        std::memcpy(&header, page.data(), sizeof header);
        return header;
    }
    static crypto::GcmNonce nonce(std::uint64_t number) {
        crypto::GcmNonce nonce{};
        for (std::size_t i = 0; i < 8; ++i) nonce[i] = static_cast<std::byte>(number >> 8 * i);
        return nonce;
    }
    static Bytes aad(const MessagePage& page) { return Bytes{page}.subspan(0x30, 0x30); }
    static crypto::GcmTag tag(const MessagePage& page) {
        crypto::GcmTag tag;
        std::memcpy(tag.data(), page.data(), tag.size());
        return tag;
    }
    Bytes report_for(Bytes text) {
        std::memcpy(&asked, text.data(), sizeof asked);
        response_ = {};
        response_.head.report_bytes = 0x4a0;
        response_.report = pattern();
        response_.report.vmpl = asked.vmpl;
        std::memcpy(response_.report.report_data, asked.report_data, 64);
        if (change_response) change_response(response_);
        return whole_or_cut(bytes_of_object(response_));
    }
    [[nodiscard]] Bytes whole_or_cut(Bytes payload) const {
        return payload.first(payload_bytes.value_or(payload.size()));
    }

    crypto::AesKey key_;
    abi::ReportResponse response_{};
};

}  // namespace svsm::psp
