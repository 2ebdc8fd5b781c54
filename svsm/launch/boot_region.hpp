// SPDX-License-Identifier: MIT
// Builds the 2 MiB that the guest finds at its start: info, secrets, CPUID, calling area, GHCB, GDT, tables,
// stack; a CC blob for Linux. docs/guest-abi.md is the contract.
#pragma once
#include "abi/adyton/guest_info.hpp"
#include "abi/snp/cpuid_page.hpp"
#include "abi/snp/secrets.hpp"
#include "abi/snp/vmsa.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/result.hpp"

namespace svsm {

/// What the guest's start page is made from.
struct BootRegionPlan {
    const Guest& guest;
    const abi::CpuidPage& cpuid;
    const abi::SecretsPage& secrets;
    GpaRange svsm_region;
    unsigned c_bit;
    bool starts_shared;
    abi::adyton::GuestKind kind = abi::adyton::GuestKind::Elf;
};
/// Where something of the boot region lies.
constexpr Gpa boot_region_at(std::uint64_t offset) { return Gpa{abi::adyton::guest_boot_region + offset}; }
inline constexpr GpaRange boot_region{boot_region_at(0),
                                      boot_region_at(abi::adyton::guest_boot_region_bytes)};

/// Makes the region the guest's and fills it; page images are put together in `buffer`.
[[nodiscard, gnu::noinline]] BootResult build_boot_region(const BootRegionPlan& plan, GuestPages& pages,
                                                          PageBuffer& buffer);

// The page images, one function each.
void fill_guest_info(abi::adyton::GuestInfo& info, const BootRegionPlan& plan);
/// The secrets page as a guest at `vmpl` may see it: keys of the levels above it wiped, the SVSM announced.
void fill_guest_secrets(abi::SecretsPage& page, const BootRegionPlan& plan);
/// The CPUID page with the bit that says "there is an SVSM".
void fill_guest_cpuid(abi::CpuidPage& page, const abi::CpuidPage& original);
/// Registers with which the boot vCPU starts at `entry`.
void fill_guest_vmsa(abi::Vmsa& vmsa, const BootRegionPlan& plan, std::uint64_t entry);

}  // namespace svsm
