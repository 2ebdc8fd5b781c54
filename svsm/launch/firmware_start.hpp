// SPDX-License-Identifier: MIT
// What a firmware finds at its start: its file and the sections of its metadata, a secrets page, a CPUID page, a calling
// area, and the registers of a reset. Nothing else is its own: it validates memory itself, by calls.
#pragma once
#include "abi/adyton/boot_block.hpp"
#include "svsm/launch/boot_region.hpp"

namespace svsm {

[[nodiscard]] constexpr bool is_firmware(const abi::adyton::BootBlock& block) {
    return block.guest_kind == abi::adyton::GuestKind::Firmware;
}

/// The window of a firmware, or an empty range; and one section of a checked block.
[[nodiscard]] GpaRange firmware_window(const abi::adyton::BootBlock& block);
[[nodiscard]] GpaRange section_range(const abi::ovmf::SevSection& section);

/// True when the block of a firmware does not contradict itself: the file ends at 4 GiB, sections are whole pages below
/// it that overlap neither each other nor the SVSM, and secrets, CPUID and calling area are one page each. True for
/// other kinds if they name no firmware.
[[nodiscard]] bool firmware_is_sane(const abi::adyton::BootBlock& block);

/// Where the guest's first calling area is: in a section of a firmware, in the boot region of other guests.
[[nodiscard]] Gpa first_calling_area(const abi::adyton::BootBlock& block);

/// Gives the guest the loaded pages, which the AMD-SP has validated, and no other memory. GuestMemory when the host has
/// taken one of them.
[[nodiscard]] BootResult hand_over_firmware(Guest& guest, const abi::adyton::BootBlock& block);

/// Fills the pages for secrets and CPUID, each page image in `buffer`. Comes after `hand_over_firmware`. GuestMemory when
/// the host has taken one of them.
[[nodiscard]] BootResult fill_firmware_pages(const BootRegionPlan& plan, const abi::adyton::BootBlock& block,
                                             PageBuffer& buffer);

/// The registers of a reset, at the guest's level. [APM2 "Processor Initialization State"]
void fill_firmware_vmsa(abi::Vmsa& vmsa, const BootRegionPlan& plan);

}  // namespace svsm
