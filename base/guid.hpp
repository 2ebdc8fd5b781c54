// SPDX-License-Identifier: MIT
// GUIDs as firmware and hosts write them.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

/// As it stands in memory: the first three parts of the written form least significant byte first.
using Guid = std::array<std::uint8_t, 16>;

/// From "96b582de-1fb2-45f7-baea-a366c55a082d".
consteval Guid guid(const char (&text)[37]) {
    constexpr std::array<std::size_t, 16> place{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    const auto digit = [](char c) { return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); };
    Guid value{};
    std::size_t at = 0;
    for (const std::size_t to : place) {
        if (text[at] == '-') ++at;
        value[to] = static_cast<std::uint8_t>(digit(text[at]) << 4 | digit(text[at + 1]));
        at += 2;
    }
    return value;
}
static_assert(guid("96b582de-1fb2-45f7-baea-a366c55a082d")[0] == 0xde);
