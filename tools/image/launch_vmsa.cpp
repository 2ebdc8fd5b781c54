// SPDX-License-Identifier: MIT
// Fills the launch VMSA.
#include "tools/image/launch_vmsa.hpp"

#include "abi/x86/descriptor.hpp"
#include "abi/x86/registers.hpp"

namespace tools::image {

abi::Vmsa launch_vmsa(const LaunchState& state) {
    abi::Vmsa vmsa{};
    vmsa.cs = {0x08, abi::SegmentAttributes::code64, ~0u, 0};
    vmsa.ds = vmsa.es = vmsa.ss = vmsa.fs = vmsa.gs = {0x10, abi::SegmentAttributes::data, ~0u, 0};
    // No descriptor table exists until the SVSM loads its own; with limit 0 an early fault is
    // a clean shutdown.
    vmsa.ldtr = {0, abi::SegmentAttributes::ldt, 0xffff, 0};
    vmsa.tr = {0, abi::SegmentAttributes::tss_busy, 0xffff, 0};

    vmsa.cr0 = abi::Cr0::pg | abi::Cr0::wp | abi::Cr0::ne | abi::Cr0::et | abi::Cr0::mp | abi::Cr0::pe;
    vmsa.cr3 = state.page_tables.value() | 1ull << state.c_bit;
    // PSE and PGE mean nothing to tables without 32-bit and global pages. Every kernel sets them, the emulated machine's
    // too, and QEMU flushes twice more at an exit and at an entry that change them.
    vmsa.cr4 = abi::Cr4::osxmmexcpt | abi::Cr4::osfxsr | abi::Cr4::pge | abi::Cr4::mce | abi::Cr4::pae |
               abi::Cr4::pse | abi::Cr4::de;
    vmsa.efer = abi::Efer::svme | abi::Efer::nxe | abi::Efer::lma | abi::Efer::lme;
    vmsa.dr6 = abi::VmsaReset::dr6;
    vmsa.dr7 = abi::VmsaReset::dr7;
    vmsa.rflags = abi::VmsaReset::rflags;
    vmsa.rip = state.entry;
    vmsa.rdi = state.boot_block;

    vmsa.g_pat = abi::VmsaReset::g_pat;
    vmsa.xcr0 = abi::VmsaReset::xcr0;
    vmsa.mxcsr = abi::VmsaReset::mxcsr;
    vmsa.x87_fcw = 0x37f;
    vmsa.sev_features = state.sev_features;
    return vmsa;
}

}  // namespace tools::image
