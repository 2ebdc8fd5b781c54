// SPDX-License-Identifier: MIT
// What makes a CPU refuse to enter a guest.
#include "model/vmrun.hpp"

#include "abi/x86/registers.hpp"
#include "base/bits.hpp"
#include "base/result.hpp"

namespace model {
namespace {

using enum VmrunFault;
using Checked = std::expected<void, VmrunFault>;

struct VintrControl {
    using Busy = Bits<63>;
};
using UpperHalf = Bits<63, 32>;

constexpr bool has(std::uint64_t value, std::uint64_t bits) { return (value & bits) == bits; }

/// The page must be one that only VMPL0 could have prepared. [APM2 "VMRUN Page Checks"]
Checked check_page(const RmpEntry& page) {
    if (!page.assigned) return std::unexpected{NotAssigned};
    if (!page.validated) return std::unexpected{NotValidated};
    if (!page.vmsa) return std::unexpected{NotVmsaPage};
    if (page.large) return std::unexpected{LargePage};
    if (page.in_use) return std::unexpected{InUse};
    return {};
}

/// What makes the page a VMSA of an SNP guest that may run at this level now.
Checked check_guest(const abi::Vmsa& vmsa, Vmpl vmpl, const Processor& cpu) {
    // SVME doubles as the run/stop gate of an SVSM: VMPL0 clears it before it works on the VMSA.
    if (!has(vmsa.efer, abi::Efer::svme)) return std::unexpected{SvmeClear};
    if (!abi::SevFeatures::SnpActive::test(vmsa.sev_features)) return std::unexpected{NotSnp};
    if ((vmsa.sev_features & ~cpu.sev_features) != 0) return std::unexpected{UnsupportedFeature};
    if (vmsa.vmpl >= abi::vmpl_count) return std::unexpected{BadVmpl};
    // A VMSA that says VMPL0 in the slot of VMPL1 would be a promotion.
    if (vmsa.vmpl != static_cast<std::uint8_t>(vmpl)) return std::unexpected{WrongVmpl};
    if (VintrControl::Busy::test(vmsa.vintr_ctrl)) return std::unexpected{Busy};
    return {};
}

/// [APM2 "Canonicalization and Consistency Checks"], bits that must be zero.
Checked check_registers(const abi::Vmsa& vmsa, const Processor& cpu) {
    using abi::Cr0;
    if (!has(vmsa.cr0, Cr0::cd) && has(vmsa.cr0, Cr0::nw)) return std::unexpected{BadCr0};
    if (UpperHalf::test(vmsa.cr0)) return std::unexpected{BadCr0};
    if (cpu.physical_bits < 64 && vmsa.cr3 >> cpu.physical_bits != 0) return std::unexpected{BadCr3};
    if ((vmsa.cr4 & ~cpu.cr4) != 0) return std::unexpected{BadCr4};
    if (UpperHalf::test(vmsa.dr6) || UpperHalf::test(vmsa.dr7)) return std::unexpected{BadDebugRegisters};
    if ((vmsa.efer & ~cpu.efer) != 0) return std::unexpected{BadEfer};
    return {};
}

/// The same heading, combinations for long mode.
Checked check_long_mode(const abi::Vmsa& vmsa) {
    using abi::Cr0, abi::Cr4, abi::Efer;
    if (!has(vmsa.efer, Efer::lme) || !has(vmsa.cr0, Cr0::pg)) return {};
    if (!has(vmsa.cr4, Cr4::pae) || !has(vmsa.cr0, Cr0::pe)) return std::unexpected{BadLongMode};
    using CsLong = Bits<9>;
    using CsDefault = Bits<10>;
    if (CsLong::test(vmsa.cs.attributes) && CsDefault::test(vmsa.cs.attributes))
        return std::unexpected{BadCodeSegment};
    return {};
}

}  // namespace

std::string_view describe(VmrunFault fault) {
    switch (fault) {
        case NotAssigned: return "vmsa-page-not-assigned";
        case NotValidated: return "vmsa-page-not-validated";
        case NotVmsaPage: return "page-is-no-vmsa";
        case LargePage: return "vmsa-page-is-2m";
        case InUse: return "vmsa-in-use";
        case SvmeClear: return "efer-svme-clear";
        case NotSnp: return "snp-not-active";
        case UnsupportedFeature: return "unsupported-sev-feature";
        case BadVmpl: return "vmpl-out-of-range";
        case WrongVmpl: return "vmsa-of-another-vmpl";
        case Busy: return "vintr-busy";
        case BadCr0: return "bad-cr0";
        case BadCr3: return "bad-cr3";
        case BadCr4: return "bad-cr4";
        case BadDebugRegisters: return "bad-dr6-or-dr7";
        case BadEfer: return "bad-efer";
        case BadLongMode: return "long-mode-without-pae-or-protection";
        case BadCodeSegment: return "code-segment-64-and-32-bit";
        case BadXcr0: return "bad-xcr0";
        case BadXss: return "bad-xss";
        case ScaledTsc: return "tsc-scale-is-not-1";
    }
    return "unknown";
}

Checked check_vmrun(const RmpEntry& page, const abi::Vmsa& vmsa, Vmpl vmpl, const Processor& cpu) {
    TRY_VOID(check_page(page));
    TRY_VOID(check_guest(vmsa, vmpl, cpu));
    TRY_VOID(check_registers(vmsa, cpu));
    TRY_VOID(check_long_mode(vmsa));
    if (!is_xcr0_allowed(cpu, vmsa.xcr0)) return std::unexpected{BadXcr0};
    if ((vmsa.xss & ~cpu.xss) != 0) return std::unexpected{BadXss};
    if (abi::SevFeatures::SecureTsc::test(vmsa.sev_features) && vmsa.tsc_scale != abi::tsc_scale_one)
        return std::unexpected{ScaledTsc};
    return {};
}

}  // namespace model
