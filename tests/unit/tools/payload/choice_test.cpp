// SPDX-License-Identifier: MIT
// The number of a check, written into the suite's program.
#include "tools/payload/choice.hpp"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>

#include "tests/unit/tools/elf/elf_image.hpp"

namespace tools::payload {
namespace {

constexpr std::uint64_t code = 0x100'0000, data = 0x100'1000;

Buffer suite(const char* symbol, std::uint64_t at) {
    ElfImage image;
    image.header.e_entry = code;
    return image.segment(code, PF_R | PF_X, 16).segment(data, PF_R | PF_W, 16, 64).symbol(symbol, at).bytes();
}
std::string refusal(Buffer program) {
    const Buffer before = program;
    const auto done = choose_check(program, 7, "suite.elf");
    EXPECT_EQ(program, before) << "refused, and unchanged";
    return done ? "" : done.error().sentence;
}

TEST(ChooseCheck, WritesTheNumberWhereTheSuiteReadsIt) {
    Buffer program = suite("conformance_alone", data + 4);
    Buffer expected = program;
    ASSERT_TRUE(choose_check(program, 0x0102'0304, "suite.elf"));
    // The last bytes of the file are those of the last segment.
    const std::uint32_t number = 0x0102'0304;
    std::memcpy(expected.data() + expected.size() - 12, &number, sizeof number);
    EXPECT_EQ(program, expected);
}

TEST(ChooseCheck, ARefusalChangesNothing) {
    EXPECT_NE(refusal(suite("something", data)).find("suite.elf has no checks"), std::string::npos);
    EXPECT_NE(refusal(suite("conformance_alone", data + 13)).find("no checks"), std::string::npos)
        << "half in the file";
    EXPECT_NE(refusal(suite("conformance_alone", data + 32)).find("no checks"), std::string::npos) << "zeros";
    EXPECT_NE(refusal(suite("conformance_alone", 0x200'0000)).find("no checks"), std::string::npos)
        << "nowhere";
    EXPECT_NE(refusal(Buffer(10)), "");
}

}  // namespace
}  // namespace tools::payload
