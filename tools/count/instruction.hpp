// SPDX-License-Identifier: MIT
// The kind of an instruction, as far as the counter needs it, from its bytes alone.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace tools::count {

enum class Kind : std::uint8_t {
    Plain,
    Call,
    Return,
    InterruptReturn,
    Pause,
    StringStore,  ///< REP STOS: one step of it each time
    Exit,         ///< the machine carries it out for the SVSM: its count here is meaningless
};

/// Two bytes of opcode behind 0F; `repeat` is the F2 or F3 before it, or 0.
constexpr bool is_exit(std::uint8_t repeat, std::uint8_t second, std::uint8_t third) {
    if (second == 0x30 || second == 0x32 || second == 0xa2) return true;  // WRMSR, RDMSR, CPUID
    if (second != 0x01) return false;
    if (third == 0xd9) return true;          // VMMCALL, VMGEXIT
    if (third == 0xff) return true;          // PVALIDATE (F2), TLBSYNC
    return third == 0xfe && repeat != 0xf2;  // RMPADJUST (F3), INVLPGB
}

constexpr Kind kind_of(std::span<const std::uint8_t> bytes) {
    std::size_t at = 0;
    std::uint8_t repeat = 0;
    const auto byte = [&](std::size_t i) { return i < bytes.size() ? bytes[i] : std::uint8_t{0}; };
    // Prefixes that compilers use: repeat, operand size, NOTRACK and segments, REX last.
    for (;; ++at) {
        const auto prefix = byte(at);
        if (prefix == 0xf2 || prefix == 0xf3)
            repeat = prefix;
        else if (prefix != 0x66 && prefix != 0x3e && prefix != 0x64 && prefix != 0x65 &&
                 (prefix & 0xf0) != 0x40)
            break;
    }
    switch (byte(at)) {
        case 0xe8: return Kind::Call;
        case 0xff: return (byte(at + 1) >> 3 & 7) == 2 ? Kind::Call : Kind::Plain;
        case 0xc2:
        case 0xc3: return Kind::Return;
        case 0xcf: return Kind::InterruptReturn;
        case 0x90: return repeat == 0xf3 ? Kind::Pause : Kind::Plain;
        case 0xaa:
        case 0xab: return repeat == 0xf3 ? Kind::StringStore : Kind::Plain;
        case 0xf4: return Kind::Exit;  // HLT
        case 0x0f: return is_exit(repeat, byte(at + 1), byte(at + 2)) ? Kind::Exit : Kind::Plain;
        default: return Kind::Plain;
    }
}

}  // namespace tools::count
