// SPDX-License-Identifier: MIT
// What is piped in reaches the guest whole and in order, whenever the guest begins to listen.
#include "tools/qemu/feeder.hpp"

#include <gtest/gtest.h>

#include "tools/qemu/monitor.hpp"

namespace tools::qemu {
namespace {

using namespace std::chrono_literals;

constexpr unsigned listens = 0x05, looks_for_its_kind = 0x0f, is_silent = 0;

/// A pipe at a time of its own.
class Piped : public testing::Test {
protected:
    std::string next(bool is_line_free = true) { return feeder.next(now, is_line_free); }
    void listen() {
        feeder.see_interrupts(listens);
        feeder.see_interrupts(listens);
    }
    Feeder::Clock::time_point now = Feeder::Clock::now();
    Feeder feeder{Feeder::Source::Pipe};
};

TEST_F(Piped, input_waits_until_the_guests_driver_listens) {
    feeder.take("uname -r\n", now);
    EXPECT_TRUE(feeder.asks());
    EXPECT_EQ(next(), "");
    feeder.see_interrupts(is_silent);
    EXPECT_EQ(next(), "");
    listen();
    EXPECT_FALSE(feeder.asks());
    EXPECT_EQ(next(), "uname -r\n");
}

TEST_F(Piped, a_driver_that_looks_what_port_it_has_does_not_listen) {
    feeder.take("uname -r\n", now);
    for (int i = 0; i < 3; ++i) {
        feeder.see_interrupts(looks_for_its_kind);
        feeder.see_interrupts(is_silent);
    }
    EXPECT_EQ(next(), "");
}

TEST_F(Piped, every_piece_waits_for_the_one_before_it) {
    listen();
    const std::string text(1000, 'x');
    feeder.take(text, now);
    EXPECT_EQ(next(false), "");
    std::string passed;
    for (std::string part; !(part = next()).empty(); passed += part) EXPECT_LE(part.size(), Feeder::piece);
    EXPECT_EQ(passed, text);
    EXPECT_EQ(feeder.left(), 0u);
}

TEST_F(Piped, what_the_machine_had_no_room_for_is_next_again) {
    listen();
    feeder.take("one two\n", now);
    EXPECT_EQ(next(), "one two\n");
    feeder.give_back("two\n");
    EXPECT_EQ(next(), "two\n");
}

TEST_F(Piped, a_guest_that_says_hold_is_left_alone_until_it_says_resume) {
    listen();
    feeder.take("more\n", now);
    EXPECT_EQ(feeder.hear(std::string{"out"} + Feeder::hold + "put", now), "output");
    EXPECT_EQ(next(), "");
    now += 5s;
    EXPECT_EQ(next(), "");
    EXPECT_EQ(feeder.hear({&Feeder::resume, 1}, now), "");
    EXPECT_EQ(next(), "more\n");
}

TEST_F(Piped, a_hold_that_only_was_output_slows_down_and_does_not_stop) {
    listen();
    feeder.take(std::string(2 * Feeder::piece, 'x'), now);
    (void)feeder.hear({&Feeder::hold, 1}, now);
    now += 31s;
    EXPECT_EQ(next().size(), Feeder::piece);
    EXPECT_EQ(next(), "");
    now += 31s;
    EXPECT_EQ(next().size(), Feeder::piece);
}

TEST_F(Piped, the_end_follows_the_last_byte_and_is_said_again) {
    listen();
    feeder.take("cat\n", now);
    feeder.end(now);
    EXPECT_TRUE(feeder.has_ended());
    EXPECT_FALSE(feeder.wants_more());
    EXPECT_EQ(next(), "cat\n");
    EXPECT_EQ(next(), "");  // at once, the command would get it as a byte
    for (int i = 0; i < 3; ++i) {
        now += 1s;
        EXPECT_EQ(next(), std::string{Feeder::end_of_input});
        EXPECT_EQ(next(), "");
    }
}

TEST_F(Piped, a_line_that_is_not_complete_is_completed) {
    listen();
    feeder.take("uname -r", now);
    feeder.end(now);
    EXPECT_EQ(next(), "uname -r\n");
}

TEST_F(Piped, closed_stdin_is_an_end_as_well) {
    feeder.end(now);
    now += 1s;
    EXPECT_EQ(next(), "");  // the guest does not listen yet
    listen();
    EXPECT_EQ(next(), std::string{Feeder::end_of_input});
}

TEST_F(Piped, the_end_itself_is_no_progress) {
    listen();
    feeder.end(now);
    const auto before = feeder.last_progress();
    now += 2s;
    EXPECT_NE(next(), "");
    EXPECT_EQ(feeder.last_progress(), before);
}

TEST_F(Piped, not_everything_is_read_at_once) {
    while (feeder.wants_more()) feeder.take(std::string(4096, 'x'), now);
    EXPECT_LT(feeder.left(), std::size_t{1} << 20);
    listen();
    while (!next().empty()) {
    }
    EXPECT_TRUE(feeder.wants_more());
}

TEST(Typed, keys_pass_at_once_and_in_spite_of_a_hold) {
    const auto now = Feeder::Clock::now();
    Feeder feeder{Feeder::Source::Person};
    EXPECT_FALSE(feeder.asks());
    (void)feeder.hear({&Feeder::hold, 1}, now);
    feeder.take("x", now);
    EXPECT_EQ(feeder.next(now, true), "x");
    // What is pasted is longer than any line, and waits like a pipe.
    feeder.take(std::string(5000, 'x'), now);
    EXPECT_EQ(feeder.next(now, true), "");
}

TEST(Typed, has_no_end_of_input) {
    const auto now = Feeder::Clock::now();
    Feeder feeder{Feeder::Source::Person};
    feeder.take("x", now);
    feeder.end(now);
    EXPECT_EQ(feeder.next(now, true), "x");
    EXPECT_EQ(feeder.next(now + 5s, true), "");
}

TEST(MonitorReader, finds_the_answer_among_the_echoes) {
    MonitorReader reader;
    EXPECT_FALSE(reader.feed("(qemu) i\033[K\033[Di/\033[K\033[D\033[Di/b 0x3f9\r\n"));
    EXPECT_FALSE(reader.feed("portb[0x03f"));
    EXPECT_FALSE(reader.feed("9] = 0x"));
    EXPECT_EQ(reader.feed("05\r\n(qemu) "), 5u);
    EXPECT_FALSE(reader.feed("i/b 0x3f9\r\n"));
    EXPECT_EQ(reader.feed("portb[0x03f9] = 0x00\r\nportb[0x03f9] = 0x0f\r\n"), 15u);
}

TEST(MonitorReader, forgets_what_is_no_answer) {
    MonitorReader reader;
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(reader.feed(std::string(1000, 'x')));
    EXPECT_EQ(reader.feed("portb[0x03f9] = 0x07\r\n"), 7u);
}

}  // namespace
}  // namespace tools::qemu
