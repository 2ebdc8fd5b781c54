// SPDX-License-Identifier: MIT
// Names the instruction behind an intercept whose exit code does not say enough: AMD-V of QEMU has no decode
// assist.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace snpemu {

enum class Instruction : std::uint8_t {
    Unknown,
    Pvalidate,
    Rmpadjust,
    Rmpquery,
    Invlpgb,
    Tlbsync,
    Vmgexit,
    Vmmcall
};

struct Decoded {
    Instruction instruction = Instruction::Unknown;
    std::uint8_t bytes = 0;
};

/// Decodes the SNP instructions of [APM3] from the bytes at RIP; prefixes other than the mandatory one are
/// not accepted (no assembler emits them). Unknown when the bytes are too few or something else.
[[nodiscard]] constexpr Decoded decode(std::span<const std::byte> code) {
    const auto at = [&](std::size_t i) {
        return i < code.size() ? std::to_integer<unsigned>(code[i]) : 0x100u;
    };
    const unsigned prefix = at(0);
    const std::size_t skip = prefix == 0xf2 || prefix == 0xf3 ? 1 : 0;
    if (at(skip) != 0x0f || at(skip + 1) != 0x01) return {};
    const auto length = static_cast<std::uint8_t>(skip + 3);
    switch (at(skip + 2)) {
        case 0xff:
            if (prefix == 0xf2) return {Instruction::Pvalidate, length};
            return skip == 0 ? Decoded{Instruction::Tlbsync, length} : Decoded{};
        case 0xfe:
            if (prefix == 0xf3) return {Instruction::Rmpadjust, length};
            return skip == 0 ? Decoded{Instruction::Invlpgb, length} : Decoded{};
        case 0xfd: return prefix == 0xf3 ? Decoded{Instruction::Rmpquery, length} : Decoded{};
        case 0xd9: return {skip == 0 ? Instruction::Vmmcall : Instruction::Vmgexit, length};
        default: return {};
    }
}

/// MOV to CR3 or CR4, with or without a REX prefix.
[[nodiscard]] constexpr bool is_move_to_cr3_or_cr4(std::span<const std::byte> code) {
    const auto at = [&](std::size_t i) {
        return i < code.size() ? std::to_integer<unsigned>(code[i]) : 0x100u;
    };
    const unsigned rex = at(0) >> 4 == 4 ? at(0) : 0;
    const std::size_t skip = rex != 0 ? 1 : 0;
    if (at(skip) != 0x0f || at(skip + 1) != 0x22 || at(skip + 2) == 0x100) return false;
    const unsigned number = (at(skip + 2) >> 3 & 7) | (rex & 4) << 1;
    return number == 3 || number == 4;
}

}  // namespace snpemu
