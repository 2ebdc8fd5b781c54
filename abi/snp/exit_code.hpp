// SPDX-License-Identifier: MIT
// Intercept codes, which are also the error codes of #VC and the first half of the GHCB events.
// [APM2 "Appendix C"]
#pragma once
#include <cstdint>

namespace abi {

enum class ExitCode : std::uint64_t {
    ReadCr0 = 0x00,
    WriteCr0 = 0x10,
    WriteCr4 = 0x14,
    ReadDr0 = 0x20,
    ReadDr1 = 0x21,
    ReadDr2 = 0x22,
    ReadDr3 = 0x23,
    ReadDr4 = 0x24,
    ReadDr5 = 0x25,
    ReadDr6 = 0x26,
    ReadDr7 = 0x27,
    WriteDr0 = 0x30,
    WriteDr1 = 0x31,
    WriteDr2 = 0x32,
    WriteDr3 = 0x33,
    WriteDr4 = 0x34,
    WriteDr5 = 0x35,
    WriteDr6 = 0x36,
    WriteDr7 = 0x37,
    Exception0 = 0x40,  ///< 0x40 + vector
    InvalidOpcode = 0x46,
    PageFault = 0x4e,
    Interrupt = 0x60,
    Nmi = 0x61,
    Vintr = 0x64,
    SelectiveCr0Write = 0x65,  ///< bits other than TS and MP change
    Rdtsc = 0x6e,
    Rdpmc = 0x6f,
    Cpuid = 0x72,
    Invd = 0x76,
    Pause = 0x77,
    Hlt = 0x78,
    Invlpga = 0x7a,
    Ioio = 0x7b,
    Msr = 0x7c,
    Shutdown = 0x7f,
    Vmrun = 0x80,
    Vmmcall = 0x81,
    Vmload = 0x82,
    Vmsave = 0x83,
    Stgi = 0x84,
    Clgi = 0x85,
    Skinit = 0x86,
    Rdtscp = 0x87,
    Wbinvd = 0x89,
    Monitor = 0x8a,
    Mwait = 0x8b,
    NestedPageFault = 0x400,
    Vmgexit = 0x403,
    PageNotValidated = 0x404,
    Invalid = ~0ull,
    Busy = ~1ull,
};

/// Exception vectors that this project names.
enum class Vector : std::uint8_t {
    Divide = 0,
    Debug = 1,
    Nmi = 2,
    Breakpoint = 3,
    InvalidOpcode = 6,
    DoubleFault = 8,
    InvalidTss = 10,
    SegmentNotPresent = 11,
    Stack = 12,
    GeneralProtection = 13,
    PageFault = 14,
    Alignment = 17,
    MachineCheck = 18,
    Hv = 28,
    Vc = 29,
};

}  // namespace abi
