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
    Vmmcall,
    Icebp,
};

struct Decoded {
    Instruction instruction = Instruction::Unknown;
    std::uint8_t bytes = 0;
    bool has_other_address_size = false;  ///< prefix 67h: rAX of the other width is the address
};

/// Prefixes of an instruction, as many as there are. [APM3 "Instruction Encoding"]
struct Prefixes {
    std::uint8_t bytes = 0;
    std::uint8_t repeat = 0;  ///< F2h or F3h, the last one
    bool has_lock = false, has_other_address_size = false;
};
[[nodiscard]] constexpr Prefixes read_prefixes(std::span<const std::byte> code, bool is_64_bit) {
    Prefixes found;
    for (const std::byte byte : code) {
        const auto value = std::to_integer<std::uint8_t>(byte);
        // REX counts in front of the opcode only, where the search ends.
        if (is_64_bit && value >> 4 == 4) return ++found.bytes, found;
        if (value == 0xf2 || value == 0xf3) found.repeat = value;
        const bool is_segment = value == 0x26 || value == 0x2e || value == 0x36 || value == 0x3e ||
                                value == 0x64 || value == 0x65;
        if (value != 0xf2 && value != 0xf3 && value != 0xf0 && value != 0x66 && value != 0x67 && !is_segment)
            break;
        found.has_lock |= value == 0xf0;
        found.has_other_address_size |= value == 0x67;
        ++found.bytes;
    }
    return found;
}

/// Decodes the SNP instructions of [APM3] and ICEBP from the bytes at RIP. Unknown: too few bytes,
/// LOCK, or another instruction.
[[nodiscard]] constexpr Decoded decode(std::span<const std::byte> code, bool is_64_bit) {
    const Prefixes prefixes = read_prefixes(code, is_64_bit);
    const auto at = [&](std::size_t i) {
        i += prefixes.bytes;
        return i < code.size() ? std::to_integer<unsigned>(code[i]) : 0x100u;
    };
    if (prefixes.has_lock) return {};
    if (at(0) == 0xf1) return {Instruction::Icebp, static_cast<std::uint8_t>(prefixes.bytes + 1)};
    if (at(0) != 0x0f || at(1) != 0x01) return {};
    const auto found = [&](Instruction instruction) {
        return Decoded{instruction, static_cast<std::uint8_t>(prefixes.bytes + 3),
                       prefixes.has_other_address_size};
    };
    const bool is_plain = prefixes.repeat == 0;
    switch (at(2)) {
        case 0xff:
            if (prefixes.repeat == 0xf2) return found(Instruction::Pvalidate);
            return is_plain ? found(Instruction::Tlbsync) : Decoded{};
        case 0xfe:
            if (prefixes.repeat == 0xf3) return found(Instruction::Rmpadjust);
            return is_plain ? found(Instruction::Invlpgb) : Decoded{};
        case 0xfd: return prefixes.repeat == 0xf3 ? found(Instruction::Rmpquery) : Decoded{};
        case 0xd9: return found(is_plain ? Instruction::Vmmcall : Instruction::Vmgexit);
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

/// MOV between a general register and a control or debug register. [APM3 "MOV CRn", "MOV DRn"]
struct RegisterMove {
    std::uint8_t bytes;    ///< of the instruction
    std::uint8_t opcode;   ///< its second byte
    std::uint8_t number;   ///< of the control or debug register, as encoded
    std::uint8_t general;  ///< number of the other register
    static constexpr std::uint8_t from_debug = 0x21, to_control = 0x22, to_debug = 0x23;
    [[nodiscard]] constexpr bool is_write() const { return opcode == to_control || opcode == to_debug; }
};
/// With or without a REX prefix; empty for any other instruction.
[[nodiscard]] constexpr std::optional<RegisterMove> decode_register_move(std::span<const std::byte> code) {
    const auto at = [&](std::size_t i) {
        return i < code.size() ? std::to_integer<unsigned>(code[i]) : 0x100u;
    };
    const unsigned rex = at(0) >> 4 == 4 ? at(0) : 0;
    const std::size_t skip = rex != 0 ? 1 : 0;
    const unsigned opcode = at(skip + 1), modrm = at(skip + 2);
    if (at(skip) != 0x0f || opcode < 0x20 || opcode > 0x23 || modrm > 0xff) return std::nullopt;
    return RegisterMove{static_cast<std::uint8_t>(skip + 3), static_cast<std::uint8_t>(opcode),
                        static_cast<std::uint8_t>((modrm >> 3 & 7) | (rex & 4) << 1),
                        static_cast<std::uint8_t>((modrm & 7) | (rex & 1) << 3)};
}
/// MOV to a control register; empty for any other instruction.
[[nodiscard]] constexpr std::optional<RegisterMove> decode_control_move(std::span<const std::byte> code) {
    const auto move = decode_register_move(code);
    return move && move->opcode == RegisterMove::to_control ? move : std::nullopt;
}
/// MOV to or from a debug register; empty for any other instruction, and for DR8 to DR15, which do not exist.
[[nodiscard]] constexpr std::optional<RegisterMove> decode_debug_move(std::span<const std::byte> code) {
    const auto move = decode_register_move(code);
    const bool is_debug =
        move && (move->opcode == RegisterMove::from_debug || move->opcode == RegisterMove::to_debug);
    return is_debug && move->number < 8 ? move : std::nullopt;
}
[[nodiscard]] constexpr bool is_move_to_cr3_or_cr4(std::span<const std::byte> code) {
    const auto move = decode_control_move(code);
    return move && (move->number == 3 || move->number == 4);
}

}  // namespace snpemu
