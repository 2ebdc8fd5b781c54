// SPDX-License-Identifier: MIT
// Why a CPU refuses to enter a guest.
#include "model/vmrun.hpp"

#include "abi/x86/registers.hpp"
#include "base/bits.hpp"

namespace model {
namespace {

using enum VmrunFault;

struct VintrControl {
    using Busy = Bits<63>;
};
struct Xcr0 {
    using X87 = Bits<0>;
    using Sse = Bits<1>;
    using Avx = Bits<2>;
};
using UpperHalf = Bits<63, 32>;

constexpr bool has(std::uint64_t value, std::uint64_t bits) { return (value & bits) == bits; }

/// The page must be one that VMPL0 has prepared; no other level can. [APM2 "VMRUN Page Checks"]
std::expected<void, VmrunFault> check_page(const RmpEntry& page) {
    if (!page.assigned) return std::unexpected{NotAssigned};
    if (!page.validated) return std::unexpected{NotValidated};
    if (!page.vmsa) return std::unexpected{NotVmsaPage};
    if (page.large) return std::unexpected{LargePage};
    if (page.in_use) return std::unexpected{InUse};
    return {};
}

/// [APM2 "Canonicalization and Consistency Checks"], as far as they do not need the CPU's own list
/// of reserved bits.
bool are_control_registers_sane(const abi::Vmsa& vmsa) {
    using abi::Cr0, abi::Cr4, abi::Efer;
    if (!has(vmsa.cr0, Cr0::cd) && has(vmsa.cr0, Cr0::nw)) return false;
    if (UpperHalf::test(vmsa.cr0) || UpperHalf::test(vmsa.cr4)) return false;
    if (UpperHalf::test(vmsa.dr6) || UpperHalf::test(vmsa.dr7)) return false;
    const bool long_mode = has(vmsa.efer, Efer::lme) && has(vmsa.cr0, Cr0::pg);
    if (!long_mode) return true;
    if (!has(vmsa.cr4, Cr4::pae) || !has(vmsa.cr0, Cr0::pe)) return false;
    using CsLong = Bits<9>;
    using CsDefault = Bits<10>;
    return !(CsLong::test(vmsa.cs.attributes) && CsDefault::test(vmsa.cs.attributes));
}

bool is_xcr0_sane(std::uint64_t xcr0) {
    return Xcr0::X87::test(xcr0) && (!Xcr0::Avx::test(xcr0) || Xcr0::Sse::test(xcr0));
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
        case BadControlRegisters: return "bad-control-registers";
        case BadXcr0: return "bad-xcr0";
    }
    return "unknown";
}

std::expected<void, VmrunFault> check_vmrun(const RmpEntry& page, const abi::Vmsa& vmsa, Vmpl vmpl,
                                            std::uint64_t supported_features) {
    if (const auto checked = check_page(page); !checked) return checked;
    // SVME doubles as the run/stop gate of an SVSM, which clears it before it works on the VMSA.
    if (!has(vmsa.efer, abi::Efer::svme)) return std::unexpected{SvmeClear};
    if (!abi::SevFeatures::SnpActive::test(vmsa.sev_features)) return std::unexpected{NotSnp};
    if ((vmsa.sev_features & ~supported_features) != 0) return std::unexpected{UnsupportedFeature};
    if (vmsa.vmpl >= abi::vmpl_count) return std::unexpected{BadVmpl};
    // A VMSA that says VMPL0 in the slot of VMPL1 would be a promotion.
    if (vmsa.vmpl != static_cast<std::uint8_t>(vmpl)) return std::unexpected{WrongVmpl};
    if (VintrControl::Busy::test(vmsa.vintr_ctrl)) return std::unexpected{Busy};
    if (!are_control_registers_sane(vmsa)) return std::unexpected{BadControlRegisters};
    if (!is_xcr0_sane(vmsa.xcr0)) return std::unexpected{BadXcr0};
    return {};
}

}  // namespace model
