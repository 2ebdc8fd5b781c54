// SPDX-License-Identifier: MIT
// Every outcome of a message to the AMD-SP has its name, and VMPCK0 is used up in those that leave a doubt.
#include <string>

#include "svsm/psp/clock.hpp"
#include "svsm/psp/report.hpp"
#include "tests/unit/reached.hpp"
#include "tests/unit/svsm/psp/psp_world.hpp"

namespace svsm::psp {
namespace {

/// Empty for numbers that are none; the compiler asks for a new one here.
std::string name_of(MessageError failure) {
    switch (failure) {
        case MessageError::KeyGone: return "KeyGone";
        case MessageError::KeyUnreachable: return "KeyUnreachable";
        case MessageError::NumbersUsedUp: return "NumbersUsedUp";
        case MessageError::NotOffered: return "NotOffered";
        case MessageError::Busy: return "Busy";
        case MessageError::HostStatus: return "HostStatus";
        case MessageError::FirmwareStatus: return "FirmwareStatus";
        case MessageError::WrongNumber: return "WrongNumber";
        case MessageError::WrongType: return "WrongType";
        case MessageError::WrongVersion: return "WrongVersion";
        case MessageError::WrongFormat: return "WrongFormat";
        case MessageError::WrongKey: return "WrongKey";
        case MessageError::TooLong: return "TooLong";
        case MessageError::BadTag: return "BadTag";
        case MessageError::Refused: return "Refused";
        case MessageError::WrongReport: return "WrongReport";
        case MessageError::WrongClock: return "WrongClock";
    }
    return "";
}

using Header = abi::MessageHeader;
using Outcome = std::expected<Report, MessageError>;

class ChannelTest : public PspWorld {
protected:
    Outcome ask(std::uint8_t data = 0x11, Certificates certificates = Certificates::None) {
        std::array<std::byte, report_data_bytes> bytes;
        bytes.fill(std::byte{data});
        const TicketGuard turn{channel->turn};
        return get_report(*channel, bytes, certificates);
    }
    /// A channel and an AMD-SP as after the launch, and an honest host.
    void renew() {
        m.poke(key_page, key);
        start_channel();
        host = nullptr;
        amd_sp.change_header = nullptr;
        amd_sp.change_response = nullptr;
        amd_sp.payload_bytes.reset();
        sent.clear();
        is_extended.clear();
        pages = {};
    }
    /// `outcome` is `expected`, and the key is gone exactly when the reason asks for it.
    void row(const std::string& scene, const Outcome& outcome, std::optional<MessageError> expected) {
        table_of_outcomes.row(scene.c_str(), outcome, expected);
        const bool wiped = expected && is_final(*expected);
        if (expected != MessageError::KeyUnreachable) EXPECT_EQ(is_key_wiped(), wiped) << scene;
        const auto messages = sent.size();
        host = nullptr;
        amd_sp.change_header = nullptr;
        if (!wiped) return;
        EXPECT_EQ(ask().error(), MessageError::KeyGone) << scene;
        EXPECT_EQ(sent.size(), messages) << scene << ": a message without a key";
    }
    /// The AMD-SP's answer has another header, authentic all the same.
    void wrong_header(const char* scene, MessageError expected, std::function<void(Header&)> change) {
        renew();
        amd_sp.change_header = std::move(change);
        row(scene, ask(), expected);
    }
    void lies_of_the_host();
    void wrong_answers();
    void answers_that_are_no_report();
    void answers_that_are_no_clock();
    std::expected<Clock, MessageError> ask_for_clock() {
        const TicketGuard turn{channel->turn};
        return get_clock(*channel);
    }

    Reached<MessageError, std::string (*)(MessageError)> table_of_outcomes{name_of};
};

void ChannelTest::lies_of_the_host() {
    renew();
    row("an honest host", ask(), std::nullopt);
    renew();
    m.on_guest_request = nullptr;
    row("a host without the event", ask(), MessageError::NotOffered);
    m.on_guest_request = [this](const auto& asked) { return take(asked); };
    renew();
    host = [] { return host_status(busy); };
    row("busy without end", ask(), MessageError::Busy);
    for (const std::uint32_t status : {3u, 7u, 0xffff'ffffu}) {
        renew();
        host = [status] { return host_status(status); };
        row("no status of a host", ask(), MessageError::HostStatus);
    }
    renew();
    host = [] { return host_status(invalid_length, 1); };
    row("too little room where there is none", ask(), MessageError::HostStatus);
    for (const std::uint64_t status : {0x16ull, 0x2'0000'0016ull, 0x1'0000'0001ull}) {
        renew();
        host = [status] { return Reply{.info_2 = status}; };
        row("the firmware refused it", ask(0x11, Certificates::Wanted), MessageError::FirmwareStatus);
    }
    renew();
    start_channel(number_limit - 1);
    row("no number is left", ask(), MessageError::NumbersUsedUp);
}

void ChannelTest::wrong_answers() {
    using enum MessageError;
    renew();
    host = [] { return Reply{}; };
    row("no answer", ask(), WrongNumber);
    wrong_header("the number of the request", WrongNumber, [](Header& h) { h.sequence -= 1; });
    wrong_header("the number after the next", WrongNumber, [](Header& h) { h.sequence += 2; });
    wrong_header("another algorithm", WrongFormat, [](Header& h) { h.algorithm = 2; });
    wrong_header("another version of the header", WrongFormat, [](Header& h) { h.header_version = 2; });
    wrong_header("another length of the header", WrongFormat, [](Header& h) { h.header_bytes = 0x61; });
    wrong_header("a reserved byte", WrongFormat, [](Header& h) { h.reserved_38 = 1ull << 31; });
    wrong_header("the last reserved byte", WrongFormat, [](Header& h) { h.reserved_3d[34] = 1; });
    wrong_header("a byte behind the number", WrongFormat, [](Header& h) { h.reserved_28 = 1; });
    wrong_header("a byte behind the tag", WrongFormat, [](Header& h) { h.tag[31] = 1; });
    wrong_header("an answer about a key", WrongType, [](Header& h) { h.type = 4; });
    wrong_header("the message itself", WrongType, [](Header& h) { h.type = 5; });
    wrong_header("another version", WrongVersion, [](Header& h) { h.version = 2; });
    wrong_header("VMPL1's key", WrongKey, [](Header& h) { h.vmpck = 1; });
    wrong_header("a byte too long", TooLong, [](Header& h) { h.payload_bytes = 0x4c1; });
    wrong_header("longer than a page", TooLong, [](Header& h) { h.payload_bytes = 0xffff; });
    for (const std::size_t at : {0x00ul, 0x0ful, 0x60ul, 0x51ful}) {
        renew();
        host = [this, at] {
            const auto reply = honest();
            pages[1][at] ^= std::byte{1};
            return reply;
        };
        row("a changed byte", ask(), BadTag);
    }
}

void ChannelTest::answers_that_are_no_report() {
    renew();
    m.host_takes(key_page);
    row("the host has taken the key's page", ask(), MessageError::KeyUnreachable);
    m.host_gives(key_page);
    m.launch({key_page, key_page + page_bytes});
    for (const std::uint32_t status : {0x16u, 0x27u}) {
        renew();
        amd_sp.change_response = [status](auto& response) { response.head.status = status; };
        amd_sp.payload_bytes = 0x20;
        row("a status", ask(), MessageError::Refused);
    }
    for (const std::size_t bytes : {0ul, 0x1ful, 0x20ul, 0x4bful}) {
        renew();
        amd_sp.payload_bytes = bytes;
        row("no whole report", ask(), MessageError::WrongReport);
    }
    renew();
    amd_sp.change_response = [](auto& response) { response.head.report_bytes = 0x49f; };
    row("a report of another length", ask(), MessageError::WrongReport);
    renew();
    amd_sp.change_response = [](auto& response) { response.report.vmpl = 1; };
    row("a report about VMPL1", ask(), MessageError::WrongReport);
    renew();
    amd_sp.change_response = [](auto& response) { response.report.report_data[63] ^= 1; };
    row("a report over other data", ask(), MessageError::WrongReport);
    renew();
    host = [] { return Reply{.info_2 = 1}; };
    EXPECT_FALSE(ask());
    row("a key wiped before", ask(), MessageError::KeyGone);
}

void ChannelTest::answers_that_are_no_clock() {
    const auto outcome = [&]() -> Outcome {
        const auto clock = ask_for_clock();
        return clock ? Outcome{Report{}} : std::unexpected{clock.error()};
    };
    for (const std::size_t bytes : {0ul, 4ul, 127ul}) {
        renew();
        amd_sp.payload_bytes = bytes;
        row("no whole clock", outcome(), MessageError::WrongClock);
    }
    renew();
    amd_sp.clock.status = 0x16;
    row("a status instead of a clock", outcome(), MessageError::Refused);
    amd_sp.clock.status = 0;
    row("a clock", outcome(), std::nullopt);
}

TEST_F(ChannelTest, the_clock_is_what_the_amd_sp_says) {
    const auto clock = ask_for_clock();
    ASSERT_TRUE(clock);
    EXPECT_EQ(clock->scale, 1ull << 32);
    EXPECT_EQ(clock->offset, 0x1234'5678'9abcu);
    EXPECT_TRUE(ask()) << "the next number is for the next message";
}

TEST_F(ChannelTest, each_outcome_has_one_name) {
    lies_of_the_host();
    answers_that_are_no_clock();
    wrong_answers();
    answers_that_are_no_report();
    table_of_outcomes.expect_all();
    renew();
}

TEST_F(ChannelTest, a_report_is_what_the_amd_sp_wrote) {
    const auto answer = ask(0x5a);
    ASSERT_TRUE(answer);
    auto expected = AmdSp::pattern();
    expected.vmpl = 0;
    std::memset(expected.report_data, 0x5a, sizeof expected.report_data);
    EXPECT_EQ(std::memcmp(answer->report, &expected, sizeof expected), 0);
    EXPECT_EQ(amd_sp.asked.key_select, 0u);
}

TEST_F(ChannelTest, the_header_is_the_specifications) {
    ASSERT_TRUE(ask());
    const auto& page = sent.front();
    constexpr std::array<std::uint8_t, 16> plain{0x01, 0x01, 0x60, 0x00, 0x05, 0x01, 0x60, 0x00};
    for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_EQ(page[0x30 + i], std::byte{plain[i]}) << i;
    EXPECT_EQ(page[0x20], std::byte{1}) << "the first number";
    using Part = std::pair<std::size_t, std::size_t>;
    for (const auto& [begin, end] :
         {Part{0x10, 0x20}, Part{0x21, 0x30}, Part{0x38, 0x60}, Part{0xc0, 0x1000}})
        for (auto i = begin; i < end; ++i) EXPECT_EQ(page[i], std::byte{0}) << std::hex << i;
}

TEST_F(ChannelTest, each_message_has_the_next_odd_number) {
    for (std::uint64_t i = 0; i < 5; ++i) {
        ASSERT_TRUE(ask(static_cast<std::uint8_t>(i)));
        EXPECT_EQ(sent.back()[0x20], static_cast<std::byte>(2 * i + 1));
    }
    EXPECT_EQ(amd_sp.count, 10u);
}

TEST_F(ChannelTest, the_last_number_is_the_one_below_the_limit) {
    start_channel(number_limit - 3);
    EXPECT_TRUE(ask());
    EXPECT_EQ(ask().error(), MessageError::NumbersUsedUp);
    EXPECT_EQ(sent.size(), 1u);
    EXPECT_FALSE(is_key_wiped()) << "nothing was sent, so nothing is in doubt";
}

// A host that answers busy and gets another message under the same number has two texts under one key stream.
TEST_F(ChannelTest, a_busy_host_gets_the_same_bytes_nine_times_and_again_before_the_next_message) {
    host = [] { return host_status(busy); };
    EXPECT_EQ(ask(0x11).error(), MessageError::Busy);
    EXPECT_EQ(sent.size(), 9u);
    EXPECT_EQ(ask(0x22).error(), MessageError::Busy);
    EXPECT_EQ(sent.size(), 18u);
    host = nullptr;
    const auto answer = ask(0x33);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->report->report_data[0], 0x33);
    ASSERT_EQ(sent.size(), 20u);
    for (std::size_t i = 1; i < 19; ++i) EXPECT_EQ(sent[i], sent[0]) << i;
    EXPECT_NE(sent[19], sent[0]);
    EXPECT_EQ(amd_sp.count, 4u);
}

TEST_F(ChannelTest, a_host_that_is_busy_eight_times_is_waited_for) {
    int times = 8;
    host = [&] { return times-- > 0 ? host_status(busy) : honest(); };
    EXPECT_TRUE(ask());
    EXPECT_EQ(sent.size(), 9u);
}

TEST_F(ChannelTest, a_host_changes_the_shared_message_and_the_same_bytes_are_written_again) {
    host = [&] {
        if (sent.size() > 3) return honest();
        pages[0].fill(std::byte{0xcc});
        return host_status(busy);
    };
    EXPECT_TRUE(ask());
    for (const auto& each : sent) EXPECT_EQ(each, sent[0]);
}

// The AMD-SP has used the number; the SVSM would use it again for other data.
TEST_F(ChannelTest, a_host_that_delivers_and_says_busy_ends_the_channel) {
    host = [&] {
        const auto reply = honest();
        return sent.size() == 1 ? host_status(busy) : reply;
    };
    EXPECT_EQ(ask().error(), MessageError::FirmwareStatus);
    EXPECT_TRUE(is_key_wiped());
}

TEST_F(ChannelTest, a_host_without_the_event_gets_the_same_bytes_when_it_has_it) {
    m.host_event_reply = [&](abi::Ghcb& ghcb) { ghcb.sw_exit_info_1 = 2; };
    host = [] { return Reply{}; };
    EXPECT_EQ(ask(0x11).error(), MessageError::NotOffered);
    m.host_event_reply = nullptr;
    host = nullptr;
    EXPECT_TRUE(ask(0x22));
    ASSERT_EQ(sent.size(), 3u);
    EXPECT_EQ(sent[1], sent[0]);
}

TEST_F(ChannelTest, an_old_answer_is_not_taken_again) {
    ASSERT_TRUE(ask());
    const auto old = pages[1];
    host = [&] {
        (void)honest();
        pages[1] = old;
        return Reply{};
    };
    EXPECT_EQ(ask().error(), MessageError::WrongNumber);
    EXPECT_TRUE(is_key_wiped());
}

TEST_F(ChannelTest, swapped_pages_are_no_answer) {
    host = [&] {
        (void)honest();
        std::swap(pages[0], pages[1]);
        return Reply{};
    };
    EXPECT_EQ(ask().error(), MessageError::WrongNumber);
}

TEST_F(ChannelTest, an_answer_is_copied_once) {
    host = [&] {
        const auto reply = honest();
        // The key is read between the copy and its use: the host's moment.
        m.between = [&](sim::Step) { pages[1].fill(std::byte{0xee}); };
        return reply;
    };
    EXPECT_TRUE(ask());
    m.between = nullptr;
}

TEST_F(ChannelTest, the_host_never_sees_the_plain_text) {
    const auto holds_text = [&](const MessagePage& page) {
        constexpr std::array<std::byte, 8> text{std::byte{0x77}, std::byte{0x77}, std::byte{0x77},
                                                std::byte{0x77}, std::byte{0x77}, std::byte{0x77},
                                                std::byte{0x77}, std::byte{0x77}};
        return !std::ranges::search(page, text).empty();
    };
    m.between = [&](sim::Step) {
        for (const auto& page : pages) EXPECT_FALSE(holds_text(page));
    };
    EXPECT_TRUE(ask(0x77));
    for (const auto& page : pages) EXPECT_FALSE(holds_text(page));
    EXPECT_TRUE(holds_text(private_pages[1])) << "the search finds nothing";
    m.between = nullptr;
}

TEST_F(ChannelTest, an_authentic_status_costs_no_key) {
    amd_sp.change_response = [](auto& response) { response.head.status = 0x16; };
    amd_sp.payload_bytes = 0x20;
    EXPECT_EQ(ask().error(), MessageError::Refused);
    amd_sp.change_response = nullptr;
    amd_sp.payload_bytes.reset();
    EXPECT_TRUE(ask());
}

TEST_F(ChannelTest, too_little_room_for_certificates_uses_the_number_up_without_them) {
    host = [&] { return is_extended.back() ? host_status(invalid_length, 5) : honest(); };
    const auto answer = ask(0x11, Certificates::Wanted);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->pages_wanted, 5u);
    EXPECT_EQ(answer->report, nullptr);
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_EQ(sent[1], sent[0]);
    EXPECT_EQ(is_extended, (std::vector{true, false}));
    EXPECT_EQ(amd_sp.count, 2u);
    EXPECT_TRUE(ask());
}

TEST_F(ChannelTest, too_little_room_and_then_no_answer_ends_the_channel) {
    host = [&] { return is_extended.back() ? host_status(invalid_length, 5) : Reply{}; };
    EXPECT_EQ(ask(0x11, Certificates::Wanted).error(), MessageError::WrongNumber);
    EXPECT_TRUE(is_key_wiped());
}

TEST_F(ChannelTest, too_little_room_and_then_busy_leaves_the_message_waiting) {
    host = [&] { return is_extended.back() ? host_status(invalid_length, 5) : host_status(busy); };
    EXPECT_EQ(ask(0x11, Certificates::Wanted).error(), MessageError::Busy);
    host = nullptr;
    EXPECT_TRUE(ask(0x22, Certificates::Wanted));
    EXPECT_EQ(sent[sent.size() - 2], sent[0]);
    EXPECT_FALSE(is_extended[is_extended.size() - 2]) << "what waits needs no certificates";
}

TEST_F(ChannelTest, certificates_of_an_earlier_answer_do_not_stay) {
    table.assign(24, std::byte{0x41});
    ASSERT_TRUE(ask(0x11, Certificates::Wanted));
    host = [&] { return Reply{.info_2 = amd_sp.request(pages[0], pages[1])}; };
    ASSERT_TRUE(ask(0x11, Certificates::Wanted));
    for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(channel->certificates()[i], std::byte{0});
}

TEST_F(ChannelTest, an_unreachable_key_leaves_the_message_waiting) {
    host = [&] {
        const auto reply = honest();
        m.faults = [](sim::Step step) { return step == sim::Step::GuestRead; };
        return reply;
    };
    EXPECT_EQ(ask().error(), MessageError::KeyUnreachable);
    m.faults = nullptr;
    host = nullptr;
    EXPECT_EQ(ask().error(), MessageError::FirmwareStatus)
        << "the number is used: its answer does not come again";
    EXPECT_EQ(sent[1], sent[0]);
    EXPECT_TRUE(is_key_wiped());
}

// A guest that asks for reports without end must not hold up the others' page state changes.
TEST_F(ChannelTest, calls_of_the_core_protocol_do_not_wait_for_a_message) {
    const TicketGuard turn{channel->turn};
    for (const auto which : {CoreCall::QueryProtocol, CoreCall::ConfigureVtom})
        EXPECT_EQ(call(which, {.rcx = 1}, 1).rax, abi::svsm_success);
    EXPECT_EQ(call(CoreCall::RemapCa, {.rcx = page_a.value()}, 1).rax, abi::svsm_success);
}

}  // namespace
}  // namespace svsm::psp
