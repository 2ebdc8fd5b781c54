// SPDX-License-Identifier: MIT
// Checks that precede everything the SVSM relies on: one function per check, one reason to fail each.
#pragma once
#include <cstdint>
#include <span>

#include "abi/adyton/boot_block.hpp"
#include "abi/adyton/limits.hpp"
#include "abi/snp/cpuid_page.hpp"
#include "abi/snp/secrets.hpp"
#include "base/address.hpp"
#include "svsm/guest/evict_lines.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/launch/memory_map.hpp"
#include "svsm/result.hpp"

namespace svsm {

using abi::adyton::max_vcpus;

/// NotVmpl0 unless RMPADJUST may act on VMPL 1 for our own page at `own`. No right is given away.
[[nodiscard]] BootResult check_vmpl0(Va own);
/// SEV_FEATURES of this vCPU; SevFeatures when SNP is missing or a feature is on that this SVSM was
/// not built for.
[[nodiscard]] BootExpected<std::uint64_t> check_sev_features();
/// BootBlock when the image builder's page contradicts itself or the addresses this program is linked for.
[[nodiscard]] BootResult check_boot_block(const abi::adyton::BootBlock& block);
/// BootBlock when the SVSM cannot serve that number of vCPUs.
[[nodiscard]] BootResult check_parameters(const abi::adyton::GeneralParameters& parameters);
/// CpuidTable when the page is malformed or lacks the leaf that the checks below read.
[[nodiscard]] BootResult check_cpuid_page(const abi::CpuidPage& page);
/// Whether validation leaves lines of the host in the caches; the page has been checked. A host that clears
/// the bit wrongly costs time only. It cannot set the bit wrongly: the AMD-SP has checked the page.
/// [SNP-ABI "CPUID Page"]
[[nodiscard]] HostLines host_lines(const abi::CpuidPage& page);
/// CBit when the image's page tables were built for another position of the C-bit.
[[nodiscard]] BootResult check_c_bit(const abi::CpuidPage& page, std::uint32_t c_bit);
/// Bits of CR4 that keep VMPL0 out of pages of lower rings (SMEP, SMAP), and these out of its tables (UMIP),
/// as far as the CPU has them.
[[nodiscard]] std::uint64_t cr4_guards(const abi::CpuidPage& page);
/// NoInvlpgb when the CPU cannot flush other CPUs' translations. The check executes the instructions: QEMU
/// and KVM clear the bit of CPUID on processors that have them. [docs/adr/0037]
[[nodiscard]] BootResult check_invlpgb();
/// Ids at and above this limit are refused. KVM has fewer vCPUs than that, and the gaps of a
/// topology fit below.
inline constexpr std::uint32_t apic_id_limit = 4096;
/// Checks a copy of the host's list - count, then ids - and gives the ids to `vcpus`, `own` to the first, the boot vCPU.
/// ApicIds when the list does not have exactly as many, an id reaches apic_id_limit or occurs twice, or `own` is missing;
/// the vCPUs are not to be used then. Otherwise calls could reach a vCPU that does not exist, two vCPUs could share one
/// id, or this vCPU could take another's.
[[nodiscard]] BootResult take_apic_ids(std::span<const std::uint32_t> list, std::uint32_t own,
                                       std::span<Vcpu> vcpus);
/// Gives `vcpus` the ids 0, 1, 2 ..., for a host without a list.
void count_apic_ids(std::span<Vcpu> vcpus);
/// Id of the CPU that the page describes, the boot vCPU; 0 when the page has none.
[[nodiscard]] std::uint32_t own_apic_id(const abi::CpuidPage& page);
[[nodiscard]] BootResult check_secrets(const abi::SecretsPage& page);

/// RAM of the guest: the memory map without the SVSM's region and without `legacy_area`. BootBlock when the
/// map lacks a range that the image relies on (the SVSM, the guest's boot region, the guest's segments), or
/// when these overlap. FirmwareMemory when it lacks the SVSM's region or a section of the image's firmware.
[[nodiscard]] BootExpected<RamMap> guest_ram(const RamMap& all, const abi::adyton::BootBlock& block);

}  // namespace svsm
