// SPDX-License-Identifier: MIT
// Which messages the AMD-SP takes, in which order it looks, and what moves the count.
#include "model/psp/messages.hpp"

#include "tests/unit/model/psp/message_fixture.hpp"
#include "tests/unit/reached.hpp"

namespace model::psp {
namespace {

std::string name_of(MessageRefusal refusal) {
    switch (refusal) {
        case MessageRefusal::GuestNotRunning: return "GuestNotRunning";
        case MessageRefusal::Header: return "Header";
        case MessageRefusal::Length: return "Length";
        case MessageRefusal::KeyUsedUp: return "KeyUsedUp";
        case MessageRefusal::Sequence: return "Sequence";
        case MessageRefusal::Authenticity: return "Authenticity";
        case MessageRefusal::Type: return "Type";
        case MessageRefusal::Version: return "Version";
        case MessageRefusal::PayloadLength: return "PayloadLength";
    }
    return "";
}

abi::ReportRequest report_request(std::uint32_t vmpl = 0) { return {.vmpl = vmpl}; }

/// The request of the published vector: its ciphertext and tag come from another program.
TEST_F(PspMessages, of_another_program_are_opened) {
    abi::ReportRequest asked{};
    for (unsigned i = 0; i < 64; ++i) asked.report_data[i] = static_cast<std::uint8_t>(i);
    begin(abi::MessageType::ReportRequest, asked);
    seal();
    constexpr std::uint8_t tag[] = {0x0f, 0x35, 0x4f, 0x26, 0xb1, 0x3f, 0x74, 0x33,
                                    0xd3, 0x67, 0x4d, 0x8e, 0xeb, 0xca, 0xf8, 0x47};
    EXPECT_EQ(std::memcmp(request.header.tag, tag, sizeof tag), 0);
    ASSERT_TRUE(send());
    EXPECT_EQ(response.header.sequence, 2u);
    EXPECT_EQ(response.header.type, 6);
    EXPECT_EQ(response.header.payload_bytes, 0x4c0);
    EXPECT_EQ(opened<abi::ReportResponse>().report.report_data[63], 63);
}

TEST_F(PspMessages, are_refused_for_each_reason) {
    using enum MessageRefusal;
    struct Row {
        const char* what;
        void (*change)(Guest&, abi::MessageHeader&);
        bool seals;  ///< behind the change
        MessageRefusal why;
    };
    static constexpr Row rows[] = {
        {"a guest that is not launched yet",
         [](Guest& g, abi::MessageHeader&) { g.state = GuestState::Launch; }, true, GuestNotRunning},
        {"no algorithm", [](Guest&, abi::MessageHeader& h) { h.algorithm = 0; }, true, Header},
        {"header version 2", [](Guest&, abi::MessageHeader& h) { h.header_version = 2; }, true, Header},
        {"header size", [](Guest&, abi::MessageHeader& h) { h.header_bytes = 0x5f; }, true, Header},
        {"a fifth key", [](Guest&, abi::MessageHeader& h) { h.vmpck = 4; }, true, Header},
        {"reserved 28h", [](Guest&, abi::MessageHeader& h) { h.reserved_28 = 1; }, true, Header},
        {"reserved 38h", [](Guest&, abi::MessageHeader& h) { h.reserved_38 = 1; }, true, Header},
        {"reserved 3dh", [](Guest&, abi::MessageHeader& h) { h.reserved_3d[34] = 1; }, true, Header},
        {"behind the tag", [](Guest&, abi::MessageHeader& h) { h.tag[31] = 1; }, true, Header},
        {"payload", [](Guest&, abi::MessageHeader& h) { h.payload_bytes = 0xfa1; }, false, Length},
        {"the last numbers",
         [](Guest& g, abi::MessageHeader& h) { h.sequence = (g.messages[0] = ~1ull) + 1; }, true, KeyUsedUp},
        {"the last number", [](Guest& g, abi::MessageHeader&) { g.messages[0] = ~0ull; }, true, KeyUsedUp},
        {"the same number again", [](Guest& g, abi::MessageHeader&) { g.messages[0] = 2; }, true, Sequence},
        {"a number ahead", [](Guest&, abi::MessageHeader& h) { h.sequence = 3; }, true, Sequence},
        {"number 0", [](Guest&, abi::MessageHeader& h) { h.sequence = 0; }, true, Sequence},
        {"a changed tag", [](Guest&, abi::MessageHeader& h) { h.tag[0] ^= 1; }, false, Authenticity},
        {"a changed type", [](Guest&, abi::MessageHeader& h) { h.type = 3; }, false, Authenticity},
        {"a changed length", [](Guest&, abi::MessageHeader& h) { h.payload_bytes = 0x5f; }, false,
         Authenticity},
        {"another key", [](Guest& g, abi::MessageHeader&) { g.secrets.keys[0][0] ^= 1; }, false,
         Authenticity},
        {"type 0", [](Guest&, abi::MessageHeader& h) { h.type = 0; }, true, Type},
        {"an answer", [](Guest&, abi::MessageHeader& h) { h.type = 6; }, true, Type},
        {"migration", [](Guest&, abi::MessageHeader& h) { h.type = 7; }, true, Type},
        {"report, version 2", [](Guest&, abi::MessageHeader& h) { h.version = 2; }, true, Version},
        {"key, version 3", [](Guest&, abi::MessageHeader& h) { h.type = 3, h.version = 3; }, true, Version},
        {"clock, version 0", [](Guest&, abi::MessageHeader& h) { h.type = 17, h.version = 0; }, true,
         Version},
        {"report too short", [](Guest&, abi::MessageHeader& h) { h.payload_bytes = 0x5f; }, true,
         PayloadLength},
        {"report too long", [](Guest&, abi::MessageHeader& h) { h.payload_bytes = 0x61; }, true,
         PayloadLength},
        {"key, length of version 2",
         [](Guest&, abi::MessageHeader& h) { h.type = 3, h.payload_bytes = 0x28; }, true, PayloadLength},
        {"clock", [](Guest&, abi::MessageHeader& h) { h.type = 17, h.payload_bytes = 127; }, true,
         PayloadLength},
    };
    Reached<MessageRefusal, std::string (*)(MessageRefusal)> table{name_of};
    const Guest before = guest;
    for (const Row& row : rows) {
        guest = before;
        begin(abi::MessageType::ReportRequest, report_request());
        if (!row.seals) seal();
        row.change(guest, request.header);
        const auto counts = guest.messages;
        if (row.seals && row.why != MessageRefusal::Header) seal();
        table.row(row.what, send(), row.why);
        EXPECT_EQ(guest.messages, counts) << row.what;
        EXPECT_EQ(std::memcmp(&response, &untouched, sizeof response), 0)
            << row.what << ": an answer was written";
    }
    table.expect_all();
}

TEST_F(PspMessages, count_each_key_alone_and_only_when_consumed) {
    begin(abi::MessageType::TscInfoRequest, abi::TscInfoRequest{}, 2);
    seal();
    const abi::GuestMessage sealed = request;
    ASSERT_TRUE(send());
    request = sealed;
    ASSERT_TRUE(send()) << "an answer that did not arrive is made again";
    consumed(guest, response);
    EXPECT_EQ(guest.messages, (std::array<std::uint64_t, 4>{0, 0, 2, 0}));
    request = sealed;
    EXPECT_EQ(send().error(), MessageRefusal::Sequence);
    begin(abi::MessageType::TscInfoRequest, abi::TscInfoRequest{}, 2);
    EXPECT_EQ(request.header.sequence, 3u);
    seal();
    EXPECT_TRUE(send());
}

TEST_F(PspMessages, use_the_last_pair_of_numbers) {
    guest.messages[0] = ~1ull - 2;
    begin(abi::MessageType::TscInfoRequest, abi::TscInfoRequest{});
    seal();
    ASSERT_TRUE(send());
    consumed(guest, response);
    EXPECT_EQ(guest.messages[0], ~1ull);
}

TEST(PspMessageRefusal, has_the_firmwares_status) {
    using Status = abi::FirmwareStatus;
    for (unsigned i = 0; i < 256; ++i) {
        const auto refusal = static_cast<MessageRefusal>(i);
        if (name_of(refusal).empty()) continue;
        EXPECT_FALSE(describe(refusal).empty());
        const Status expected = refusal == MessageRefusal::GuestNotRunning ? Status::InvalidGuestState
                                : refusal == MessageRefusal::KeyUsedUp     ? Status::AeadOverflow
                                : refusal == MessageRefusal::Authenticity  ? Status::BadMeasurement
                                                                           : Status::InvalidParameter;
        EXPECT_EQ(status_of(refusal), expected) << name_of(refusal);
    }
}

}  // namespace
}  // namespace model::psp
