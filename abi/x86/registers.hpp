// SPDX-License-Identifier: MIT
// Control registers, model-specific registers and flags that this project touches. [APM2 "System Resources"]
#pragma once
#include <cstdint>

#include "base/bits.hpp"

namespace abi {

struct Cr0 {
    static constexpr std::uint64_t pe = 1, mp = 2, et = 1 << 4, ne = 1 << 5, wp = 1 << 16, nw = 1 << 29,
                                   cd = 1 << 30, pg = 1ull << 31;
};
struct Cr4 {
    static constexpr std::uint64_t de = 1 << 3, pse = 1 << 4, pae = 1 << 5, mce = 1 << 6, pge = 1 << 7,
                                   osfxsr = 1 << 9, osxmmexcpt = 1 << 10, umip = 1 << 11, la57 = 1 << 12,
                                   fsgsbase = 1 << 16, pcide = 1 << 17, osxsave = 1 << 18, smep = 1 << 20,
                                   smap = 1 << 21, pke = 1 << 22;
    static constexpr std::uint64_t basic = 0x7ff;  ///< VME to OSXMMEXCPT: no CPU with long mode lacks them
};
/// States that XSAVE keeps and XCR0 switches on. [APM2 "Extended Control Register 0 (XCR0)"]
struct Xcr0 {
    static constexpr std::uint64_t x87 = 1, sse = 2, avx = 4, pkru = 1 << 9;
    static constexpr std::uint64_t known = x87 | sse | avx | pkru;  ///< those that a VMSA has a place for
};
/// DR7: what arms the four breakpoints, and of which kind each is. [APM2 "Debug-Control Register (DR7)"]
struct Dr7 {
    static constexpr std::uint64_t any_enabled = 0xff, fixed = 0x400, general_detect = 1 << 13;
};
struct Efer {
    static constexpr std::uint64_t sce = 1, lme = 1 << 8, lma = 1 << 10, nxe = 1 << 11, svme = 1 << 12;
};
struct Rflags {
    static constexpr std::uint64_t cf = 1, one = 2, pf = 4, af = 1 << 4, zf = 1 << 6, sf = 1 << 7,
                                   tf = 1 << 8, interrupt = 1 << 9, df = 1 << 10, of = 1 << 11, nt = 1 << 14,
                                   rf = 1 << 16, vm = 1 << 17, ac = 1 << 18;
};

struct Dr6 {
    static constexpr std::uint64_t general_detect = 1 << 13, single_step = 1 << 14;
};

enum class Msr : std::uint32_t {
    Tsc = 0x10,
    ApicBase = 0x1b,
    SysenterCs = 0x174,
    SysenterEsp = 0x175,
    SysenterEip = 0x176,
    DebugCtl = 0x1d9,
    LastBranchFrom = 0x1db,
    LastBranchTo = 0x1dc,
    LastIntFrom = 0x1dd,
    LastIntTo = 0x1de,
    Pat = 0x277,
    Xss = 0xda0,
    Efer = 0xc000'0080,
    Star = 0xc000'0081,
    Lstar = 0xc000'0082,
    Cstar = 0xc000'0083,
    Sfmask = 0xc000'0084,
    FsBase = 0xc000'0100,
    GsBase = 0xc000'0101,
    KernelGsBase = 0xc000'0102,
    TscAux = 0xc000'0103,
    VmHsavePa = 0xc001'0117,
    Ghcb = 0xc001'0130,
    SevStatus = 0xc001'0131,
    GuestTscFreq = 0xc001'0134,  ///< of guests with Secure TSC: MHz, read only
    SvsmCaa = 0xc001'f000,  ///< answered by the guest's own #VC handler, never by hardware
};

}  // namespace abi
