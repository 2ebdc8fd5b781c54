// SPDX-License-Identifier: MIT
// Debug registers on a CPU that the machine shares with its guest: which register a number means, and which breakpoints
// may be armed.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "abi/adyton/machine_place.hpp"
#include "abi/x86/registers.hpp"

namespace snpemu {

/// The register that the encoded number means while CR4 is this: 4 and 5 are other names of 6 and 7, and #UD
/// (empty) with debugging extensions. [APM2 "Debug Registers"]
[[nodiscard]] constexpr std::optional<unsigned> debug_register(unsigned number, std::uint64_t cr4) {
    if (number != 4 && number != 5) return number;
    if ((cr4 & abi::Cr4::de) != 0) return std::nullopt;
    return number + 2;
}

/// DR7 as the CPU may have it while it is between the machine and the guest: a breakpoint on the machine's
/// own memory would strike in the machine, also in the handler of just that, so it stays unarmed. General
/// detect is about the guest's accesses alone.
[[nodiscard]] constexpr std::uint64_t armable_dr7(std::uint64_t dr7, const std::array<std::uint64_t, 4>& dr) {
    dr7 &= ~abi::Dr7::general_detect;
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
/// breakpoints and leave them. The addresses only while one is armed, for the same reason. All with general
/// detect, which QEMU's CPU does not know: each access is #DB then. [APM2 "Debug-Control Register (DR7)"]
[[nodiscard]] constexpr std::uint16_t intercepted_writes(bool swaps, std::uint64_t dr7) {
    constexpr std::uint16_t dr5_dr7 = 1u << 5 | 1u << 7, addresses = 0xf, all = 0xff;
    if (swaps && (dr7 & abi::Dr7::general_detect) != 0) return all;
    return swaps && (dr7 & abi::Dr7::any_enabled) != 0 ? dr5_dr7 | addresses : dr5_dr7;
}
/// The reads: DR7 is the VMSA's own with DebugSwap.
[[nodiscard]] constexpr std::uint16_t intercepted_reads(bool swaps, std::uint64_t dr7) {
    if (!swaps) return 1u << 5 | 1u << 7;
    return (dr7 & abi::Dr7::general_detect) != 0 ? 0xff : 0;
}

}  // namespace snpemu
