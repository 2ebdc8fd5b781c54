// SPDX-License-Identifier: MIT
// Published vectors are hexadecimal.
#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

constexpr unsigned digit(char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); }

/// "00ff": two bytes.
template <std::size_t N>
constexpr std::array<std::byte, N> from_hex(std::string_view text) {
    std::array<std::byte, N> bytes{};
    for (std::size_t i = 0; i < N; ++i)
        bytes[i] = static_cast<std::byte>(digit(text.at(2 * i)) << 4 | digit(text.at(2 * i + 1)));
    return bytes;
}

inline std::string to_hex(Bytes bytes) {
    std::string text;
    for (const std::byte each : bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        text += digits[std::to_integer<unsigned>(each) >> 4];
        text += digits[std::to_integer<unsigned>(each) & 15];
    }
    return text;
}
