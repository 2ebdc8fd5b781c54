// SPDX-License-Identifier: MIT
#include "base/format.hpp"

#include <array>
#include <string_view>

#include <gtest/gtest.h>

#include "base/address.hpp"

namespace {

template <class... Args>
std::string format(base::FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
    std::array<char, 96> out{};
    return std::string{base::format_to(out, text, args...)};
}

TEST(Format, writes_decimal_and_hexadecimal) {
    EXPECT_EQ(format("{} = 0x{:x}", 42u, 0xffff'ffff'8000'0000ull), "42 = 0xffffffff80000000");
    EXPECT_EQ(format("{} {}", -1, ~0ull), "-1 18446744073709551615");
}

TEST(Format, writes_text_addresses_and_enumerators) {
    enum class Colour : std::uint8_t { Red = 3 };
    EXPECT_EQ(format("<{}> {:x} {}", "text", Gpa{0x1000}, Colour::Red), "<text> 1000 3");
    EXPECT_EQ(format("{}", std::string_view{}), "");
}

TEST(Format, cuts_off_what_does_not_fit) {
    std::array<char, 4> out{};
    EXPECT_EQ(base::format_to(out, "a{}", 123456), "a123");
    EXPECT_EQ(base::format_to(std::span<char>{}, "a{}", 1), "");
}

TEST(Format, text_without_fields_is_copied) { EXPECT_EQ(format("no fields"), "no fields"); }

}  // namespace
