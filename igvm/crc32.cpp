// SPDX-License-Identifier: MIT
#include "igvm/crc32.hpp"

#include <array>

namespace igvm {
namespace {

constexpr std::array<std::uint32_t, 256> crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb8'8320 : 0);
        table[i] = crc;
    }
    return table;
}();

}  // namespace

std::uint32_t crc32(Bytes bytes, std::uint32_t previous) {
    std::uint32_t crc = ~previous;
    for (const std::byte byte : bytes)
        crc = crc >> 8 ^ crc_table[(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xff];
    return ~crc;
}

}  // namespace igvm
