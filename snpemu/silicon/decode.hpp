// SPDX-License-Identifier: MIT
// Names the instruction behind an intercept whose exit code does not say enough: the AMD-V of QEMU has
// no decode assist.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
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

/// Decodes the SNP instructions of [APM3] from the bytes at RIP. Accepts no prefix but the mandatory one (no
/// assembler emits another). Unknown for too few bytes, and for any other instruction.
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

/// A load of one byte from memory.
struct ByteLoad {
    std::uint8_t bytes;   ///< of the instruction
    std::uint8_t target;  ///< number of the register
    bool extends;         ///< MOVZX: the whole register is written
};
/// MOV r8, m8 and MOVZX r32, m8 with at most a REX prefix; empty for any other instruction, and for the
/// registers AH to BH.
[[nodiscard]] constexpr std::optional<ByteLoad> decode_byte_load(std::span<const std::byte> code) {
    const auto at = [&](std::size_t i) {
        return i < code.size() ? std::to_integer<unsigned>(code[i]) : 0x100u;
    };
    std::size_t next = 0;
    const unsigned rex = at(0) >> 4 == 4 ? at(next++) : 0;
    const bool extends = at(next) == 0x0f;
    if (extends ? at(next + 1) != 0xb6 : at(next) != 0x8a) return std::nullopt;
    next += extends ? 2 : 1;
    const unsigned modrm = at(next++), mod = modrm >> 6, memory = modrm & 7;
    const unsigned target = (modrm >> 3 & 7) | (rex & 4) << 1;
    if (modrm > 0xff || mod == 3 || (!extends && rex == 0 && target >= 4)) return std::nullopt;
    const bool has_sib = memory == 4;
    const unsigned base = has_sib ? at(next++) & 7 : memory;
    next += mod == 1 ? 1 : mod == 2 || (mod == 0 && base == 5) ? 4 : 0;
    if (next > code.size()) return std::nullopt;
    return ByteLoad{static_cast<std::uint8_t>(next), static_cast<std::uint8_t>(target), extends};
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
