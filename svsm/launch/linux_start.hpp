// SPDX-License-Identifier: MIT
// The additions for a Linux guest: the blob that names its SNP pages, and a memory map in the boot parameters
// of the image. [Linux "boot.rst"]
#pragma once
#include "abi/adyton/boot_block.hpp"
#include "abi/linux/boot_params.hpp"
#include "svsm/launch/boot_region.hpp"

namespace svsm {

/// Selectors that the 64-bit entry expects.
inline constexpr std::uint16_t linux_code_selector = 0x10, linux_data_selector = 0x18;
inline constexpr std::uint32_t linux_gdt_entries = 4;

void fill_linux_gdt(PageBuffer& page);
void fill_cc_blob(abi::linux_boot::CcBlob& blob);
/// Lists the guest's RAM, its reserved parts, the SVSM and the ACPI tables in ascending order. GuestMemory
/// when the entries do not fit into the page.
[[nodiscard]] BootResult fill_e820(abi::linux_boot::BootParams& params, const BootRegionPlan& plan,
                                   GpaRange acpi);
/// Registers for the 64-bit entry: as `fill_guest_vmsa`, with Linux's selectors and the parameters in RSI.
void fill_linux_vmsa(abi::Vmsa& vmsa, const BootRegionPlan& plan, const abi::adyton::BootBlock& block);

/// Completes the boot parameters in the guest's memory with values known only at the boot. Called after
/// `build_boot_region`, before the guest runs.
[[nodiscard]] BootResult finish_boot_params(const BootRegionPlan& plan, const abi::adyton::BootBlock& block,
                                            PageBuffer& buffer);

}  // namespace svsm
