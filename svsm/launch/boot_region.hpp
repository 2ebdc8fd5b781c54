// SPDX-License-Identifier: MIT
// Builds the 2 MiB of memory with which the guest starts: info, secrets, CPUID, calling area, GHCB, GDT,
// tables, stack; a CC blob for Linux. docs/guest-abi.md is the contract.
#pragma once
#include "abi/adyton/guest_info.hpp"
#include "abi/snp/cpuid_page.hpp"
#include "abi/snp/secrets.hpp"
#include "abi/snp/vmsa.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/result.hpp"

namespace svsm {

/// Inputs of the guest's boot region.
struct BootRegionPlan {
    const Guest& guest;
    const abi::CpuidPage& cpuid;
    const abi::SecretsPage& secrets;
    GpaRange svsm_region;
    unsigned c_bit;
    bool starts_shared;
    abi::adyton::GuestKind kind = abi::adyton::GuestKind::Elf;
    Gpa calling_area = Gpa{abi::adyton::guest_boot_region + abi::adyton::GuestBootLayout::calling_area};
};
/// Address of `offset` in the boot region.
constexpr Gpa boot_region_at(std::uint64_t offset) { return Gpa{abi::adyton::guest_boot_region + offset}; }
inline constexpr GpaRange boot_region{boot_region_at(0),
                                      boot_region_at(abi::adyton::guest_boot_region_bytes)};

/// Gives the region to the guest and fills it; builds each page image in `buffer`.
[[nodiscard, gnu::noinline]] BootResult build_boot_region(const BootRegionPlan& plan, GuestPages& pages,
                                                          PageBuffer& buffer);

// The page images, one function each.
void fill_guest_info(abi::adyton::GuestInfo& info, const BootRegionPlan& plan);
/// The secrets page for a guest at `vmpl`: without the keys of more privileged levels, and with
/// the SVSM's address.
void fill_guest_secrets(abi::SecretsPage& page, const BootRegionPlan& plan);
/// The CPUID page with the bit that says "there is an SVSM".
void fill_guest_cpuid(abi::CpuidPage& page, const abi::CpuidPage& original);
/// Registers with which the boot vCPU starts at `entry`.
void fill_guest_vmsa(abi::Vmsa& vmsa, const BootRegionPlan& plan, std::uint64_t entry);

}  // namespace svsm
