// SPDX-License-Identifier: MIT
// The protocol of the GHCB MSR itself, usable before there is a GHCB page. [GHCB "GHCB MSR Protocol"]
#pragma once
#include <cstdint>

#include "base/bits.hpp"

namespace abi {

struct GhcbMsr {
    using Info = Bits<11, 0>;
    /// Page frame number of register, PSC and preferred-GHCB requests, kept in place (a GPA).
    using Gfn = Bits<63, 12>;

    using MaxVersion = Bits<63, 48>;
    using MinVersion = Bits<47, 32>;
    using CBit = Bits<31, 24>;

    using CpuidFunction = Bits<63, 32>;
    using CpuidRegister = Bits<31, 30>;  ///< 0 EAX, 1 EBX, 2 ECX, 3 EDX
    using CpuidValue = Bits<63, 32>;

    using PscGfn = Bits<51, 12>;
    using PscOperation = Bits<55, 52>;
    using PscError = Bits<63, 32>;

    using RunVmplTarget = Bits<39, 32>;
    using RunVmplError = Bits<63, 32>;

    using Features = Bits<63, 12>;

    using TerminateSet = Bits<15, 12>;
    using TerminateCode = Bits<23, 16>;
};

enum class GhcbInfo : std::uint16_t {
    GhcbGpa = 0x000,
    SevInfoResponse = 0x001,
    SevInfoRequest = 0x002,
    CpuidRequest = 0x004,
    CpuidResponse = 0x005,
    ApResetHoldRequest = 0x006,
    ApResetHoldResponse = 0x007,
    PreferredGhcbRequest = 0x010,
    PreferredGhcbResponse = 0x011,
    RegisterGhcbRequest = 0x012,
    RegisterGhcbResponse = 0x013,
    PscRequest = 0x014,
    PscResponse = 0x015,
    RunVmplRequest = 0x016,
    RunVmplResponse = 0x017,
    FeaturesRequest = 0x080,
    FeaturesResponse = 0x081,
    TerminateRequest = 0x100,
};

/// Version of the protocol that this project speaks.
inline constexpr std::uint16_t ghcb_version = 2;

}  // namespace abi
