// SPDX-License-Identifier: MIT
// Debug registers on a CPU that the machine shares with its guest: what an intercepted MOV means, and which
// breakpoints may be armed.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "abi/adyton/machine_place.hpp"
#include "abi/x86/registers.hpp"

namespace snpemu {

/// MOV to or from a debug register. [APM3 "MOV DRn"]
struct DebugMove {
    std::uint8_t bytes;    ///< of the instruction
    std::uint8_t number;   ///< of the debug register, as encoded
    std::uint8_t general;  ///< number of the other register
    bool is_write;
};
/// Empty for any other instruction, and for DR8 to DR15, which do not exist.
[[nodiscard]] constexpr std::optional<DebugMove> decode_debug_move(std::span<const std::byte> code) {
    const auto at = [&](std::size_t i) {
        return i < code.size() ? std::to_integer<unsigned>(code[i]) : 0x100u;
    };
    const unsigned rex = at(0) >> 4 == 4 ? at(0) : 0;
    const std::size_t skip = rex != 0 ? 1 : 0;
    const unsigned opcode = at(skip + 1), modrm = at(skip + 2);
    if (at(skip) != 0x0f || (opcode != 0x21 && opcode != 0x23) || modrm > 0xff || (rex & 4) != 0)
        return std::nullopt;
    return DebugMove{static_cast<std::uint8_t>(skip + 3), static_cast<std::uint8_t>(modrm >> 3 & 7),
                     static_cast<std::uint8_t>((modrm & 7) | (rex & 1) << 3), opcode == 0x23};
}
/// The register that the encoded number means while CR4 is this: 4 and 5 are other names of 6 and 7, and #UD
/// (empty) with debugging extensions. [APM2 "Debug Registers"]
[[nodiscard]] constexpr std::optional<unsigned> debug_register(unsigned number, std::uint64_t cr4) {
    if (number != 4 && number != 5) return number;
    if ((cr4 & abi::Cr4::de) != 0) return std::nullopt;
    return number + 2;
}

/// DR7 as the CPU may have it while it is between the machine and the guest: a breakpoint on the machine's
/// own memory would strike in the machine, also in the handler of just that, so it stays unarmed.
[[nodiscard]] constexpr std::uint64_t armable_dr7(std::uint64_t dr7, const std::array<std::uint64_t, 4>& dr) {
    for (unsigned i = 0; i < dr.size(); ++i) {
        const std::uint64_t length = dr7 >> (18 + 4 * i) & 3;
        const std::uint64_t bytes = length == 2 ? 8 : length + 1;
        if (dr[i] + bytes > abi::adyton::machine_begin && dr[i] < abi::adyton::machine_end)
            dr7 &= ~(std::uint64_t{3} << 2 * i);
    }
    return dr7;
}
/// The writes that the machine carries out for a VMSA with this DR7: bit n is DRn, in the numbers of
/// encodings. DR7 and its other name always: without DebugSwap they are #VC, with it QEMU would plant
/// breakpoints and leave them. The addresses only while one is armed, for the same reason.
[[nodiscard]] constexpr std::uint16_t intercepted_writes(bool swaps, std::uint64_t dr7) {
    constexpr std::uint16_t dr5_dr7 = 1u << 5 | 1u << 7, addresses = 0xf;
    return swaps && (dr7 & abi::Dr7::any_enabled) != 0 ? dr5_dr7 | addresses : dr5_dr7;
}
/// The reads: DR7 is the VMSA's own with DebugSwap.
[[nodiscard]] constexpr std::uint16_t intercepted_reads(bool swaps) { return swaps ? 0 : 1u << 5 | 1u << 7; }

}  // namespace snpemu
