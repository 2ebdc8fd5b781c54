// SPDX-License-Identifier: MIT
// The state of a processor behind RESET. [APM2 "Processor Initialization State"]
#include "tools/image/reset_vmsa.hpp"

#include "abi/x86/registers.hpp"

namespace tools::image {

abi::Vmsa reset_vmsa(std::uint32_t start, std::uint32_t signature, std::uint64_t sev_features) {
    constexpr std::uint16_t data = 0x93, code = 0x9b, ldt = 0x82, tss = 0x8b, table = 0;
    constexpr std::uint32_t limit = 0xffff;
    abi::Vmsa vmsa{};
    vmsa.es = vmsa.ss = vmsa.ds = vmsa.fs = vmsa.gs = {0, data, limit, 0};
    vmsa.cs = {0xf000, code, limit, start & 0xffff'0000};
    vmsa.gdtr = vmsa.idtr = {0, table, limit, 0};
    vmsa.ldtr = {0, ldt, limit, 0};
    vmsa.tr = {0, tss, limit, 0};
    vmsa.efer = abi::Efer::svme;
    vmsa.cr4 = abi::Cr4::mce;
    vmsa.cr0 = abi::Cr0::et;
    vmsa.dr7 = abi::VmsaReset::dr7;
    vmsa.dr6 = abi::VmsaReset::dr6;
    vmsa.rflags = abi::VmsaReset::rflags;
    vmsa.rip = start & 0xffff;
    vmsa.g_pat = abi::VmsaReset::g_pat;
    vmsa.rdx = signature;
    vmsa.sev_features = sev_features;
    vmsa.xcr0 = abi::VmsaReset::xcr0;
    vmsa.mxcsr = abi::VmsaReset::mxcsr;
    vmsa.x87_fcw = 0x37f;
    return vmsa;
}

}  // namespace tools::image
