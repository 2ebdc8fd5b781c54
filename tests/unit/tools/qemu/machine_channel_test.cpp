// SPDX-License-Identifier: MIT
// The machine channel: lines in pieces, lines out of bounds, lines that make no sense.
#include "tools/qemu/machine_channel.hpp"

#include <gtest/gtest.h>

namespace tools::qemu {
namespace {

struct Channel : testing::Test {
    std::vector<std::string> log;
    MachineChannel channel{[this](std::string_view line) { log.emplace_back(line); }};
};

TEST_F(Channel, LinesArriveInPieces) {
    for (const char c : std::string_view{"# starting\n= svsm_calls 12\n! kind=report value=0\n"})
        channel.feed(std::string_view{&c, 1});
    EXPECT_EQ(log, std::vector<std::string>{"starting"});
    EXPECT_EQ(channel.counter("svsm_calls"), 12u);
    ASSERT_TRUE(channel.verdict());
    EXPECT_EQ(channel.verdict()->text("kind"), "report");
    EXPECT_EQ(channel.verdict()->number("value"), 0u);
}

TEST_F(Channel, FieldsAreDecimalOrHexadecimalOrMissing) {
    channel.feed("! kind=shutdown cpu=3 rip=0xffffffff80000010 odd=0x vmpl=\n");
    EXPECT_EQ(channel.verdict()->number("cpu"), 3u);
    EXPECT_EQ(channel.verdict()->number("rip"), 0xffffffff80000010);
    EXPECT_EQ(channel.verdict()->number("odd"), std::nullopt);
    EXPECT_EQ(channel.verdict()->number("vmpl"), std::nullopt);
    EXPECT_EQ(channel.verdict()->text("nothing"), "?");
}

TEST_F(Channel, StatesAndEventsKeepTheirOrder) {
    channel.feed("~ one\n~ two\n? cpu=0 vmpl=1\n? cpu=1 vmpl=0\n");
    ASSERT_EQ(channel.events().size(), 2u);
    EXPECT_EQ(channel.events()[1], "two");
    ASSERT_EQ(channel.vcpus().size(), 2u);
    EXPECT_EQ(channel.vcpus()[1].number("cpu"), 1u);
}

TEST_F(Channel, OnlyTheLastEventsAreKept) {
    for (int i = 0; i < 1000; ++i) channel.feed("~ " + std::to_string(i) + "\n");
    EXPECT_EQ(channel.events().size(), 64u);
    EXPECT_EQ(channel.events().back(), "999");
}

TEST_F(Channel, UnknownLinesAreLoggedWhole) {
    channel.feed("panic!\n");
    EXPECT_EQ(log, std::vector<std::string>{"panic!"});
}

TEST_F(Channel, ALineWithoutEndCountsWhenTheMachineIsGone) {
    channel.feed("! kind=deadlock");
    EXPECT_FALSE(channel.verdict());
    channel.finish();
    EXPECT_TRUE(channel.verdict());
}

TEST_F(Channel, EndlessLinesAreCut) {
    channel.feed("# " + std::string(1'000'000, 'x') + "\n");
    ASSERT_EQ(log.size(), 1u);
    EXPECT_LT(log[0].size(), 5000u);
}

TEST_F(Channel, CountersThatAreNoNumbersAreIgnored) {
    channel.feed("= a\n= b x\n= c 99999999999999999999999\n=\n= d 4\n");
    EXPECT_EQ(channel.counters().size(), 1u);
}

TEST_F(Channel, SilenceIsSilence) {
    EXPECT_TRUE(channel.is_silent());
    channel.feed("\n\r\n");
    EXPECT_TRUE(channel.is_silent());
    channel.feed("#\n");
    EXPECT_FALSE(channel.is_silent());
}

TEST_F(Channel, TheFirstEndOfALaunchCounts) {
    EXPECT_FALSE(channel.launch());
    channel.feed("% gpa=0x1000 type=1 digest=aa\n% gpa=0x2000 digest=bb\n% type=1\n");
    EXPECT_FALSE(channel.launch());
    channel.feed("% end=1 digest=cc policy=0x30000 pages=1 id-block=0\n% end=1 digest=dd\n");
    ASSERT_TRUE(channel.launch());
    EXPECT_EQ(channel.launch()->text("digest"), "cc");
    EXPECT_EQ(channel.launch()->number("policy"), 0x30000u);
    EXPECT_EQ(channel.pages(), (std::vector<LaunchedPage>{{0x1000, 1, "aa"}}));
}

}  // namespace
}  // namespace tools::qemu
