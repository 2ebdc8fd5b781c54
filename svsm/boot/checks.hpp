// SPDX-License-Identifier: MIT
// What has to be true before the SVSM relies on anything: one function per check, one reason to fail each.
#pragma once
#include "abi/adyton/boot_block.hpp"
#include "abi/snp/cpuid_page.hpp"
#include "abi/snp/secrets.hpp"
#include "base/address.hpp"
#include "svsm/guest/memory_map.hpp"
#include "svsm/result.hpp"

namespace svsm {

/// NotVmpl0 unless RMPADJUST may act on VMPL 1 for our own page at `own`. No right is given away.
[[nodiscard]] BootResult check_vmpl0(Va own);
/// SEV_FEATURES of this vCPU; SevFeatures when it lacks SNP or has one that this SVSM was not built for.
[[nodiscard]] BootExpected<std::uint64_t> check_sev_features();
/// BootBlock when the image builder's page contradicts itself or the addresses this program is linked for.
[[nodiscard]] BootResult check_boot_block(const abi::adyton::BootBlock& block);
/// BootBlock when the number of vCPUs is none that we can serve.
[[nodiscard]] BootResult check_parameters(const abi::adyton::GeneralParameters& parameters);
/// CpuidTable when the page is malformed or lacks the leaves that follow.
[[nodiscard]] BootResult check_cpuid_page(const abi::CpuidPage& page);
/// CBit when the image's page tables were built for another position of the C-bit.
[[nodiscard]] BootResult check_c_bit(const abi::CpuidPage& page, std::uint32_t c_bit);
/// NoInvlpgb when the CPU cannot flush other CPUs' translations.
[[nodiscard]] BootResult check_invlpgb(const abi::CpuidPage& page);
/// Bits of CR4 that keep VMPL0 out of pages of lower rings (SMEP, SMAP), and these out of its tables (UMIP),
/// as far as the CPU has them.
[[nodiscard]] std::uint64_t cr4_guards(const abi::CpuidPage& page);
[[nodiscard]] BootResult check_secrets(const abi::SecretsPage& page);

/// RAM of the guest: the memory map without the SVSM's region. BootBlock when the map does not contain what
/// the image relies on (the SVSM, the guest's boot region, the guest's segments), or when these overlap.
[[nodiscard]] BootExpected<RamMap> guest_ram(const RamMap& all, const abi::adyton::BootBlock& block);
/// A segment of the guest as a range; the block has been checked.
[[nodiscard]] GpaRange segment_range(const abi::adyton::GuestSegment& segment);

}  // namespace svsm
