// SPDX-License-Identifier: MIT
// Bodies of those steps of the boot that are more than one check or one call of another room. Each gets what
// it needs; the order is main.cpp's.
#pragma once
#include "abi/adyton/boot_block.hpp"
#include "abi/snp/secrets.hpp"
#include "svsm/boot/checks.hpp"
#include "svsm/cpu/cpu.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/launch/boot_region.hpp"
#include "svsm/mm/memory.hpp"
#include "svsm/result.hpp"

namespace svsm {

/// Tells the console who we are, and of a hypervisor that cannot run a guest below us.
void print_banner(const abi::adyton::BootBlock& block, std::uint64_t hypervisor_features);

/// Ids of the vCPUs: from the host's list where it has one, else counted. Two vCPUs of a host can have any
/// two ids; its list is believed as far as it makes sense. ApicIds when it does not, OutOfMemory without a
/// page to share.
[[nodiscard]] BootExpected<ApicIds> read_apic_ids(mm::Memory& memory, std::uint64_t hypervisor_features,
                                                  std::uint32_t vp_count, std::uint32_t own);

/// From here on VMPCK0 is in one page only, `memory.keys`. That page stays mapped until it was seen to be in
/// place. OutOfMemory without a page for it; the keys are where they were then.
[[nodiscard]] BootResult move_keys(mm::Memory& memory, abi::SecretsPage& secrets);

/// Gives the guest its vCPUs, one for each of `ids`, and makes `cpu` the first one's: stacks, windows, a page
/// for lists. OutOfMemory when there is no room for them.
[[nodiscard]] BootResult build_boot_cpu(mm::Memory& memory, Guest& guest, cpu::Cpu& cpu, const ApicIds& ids);

/// What the SVSM knows of its guest's pages. It never grows, because nothing that we need may lie in memory
/// that a guest can have taken away (docs/adr/0014). When there is not enough for objects in all of the
/// guest's memory, the table of objects gets half of what the boot has left over, and calls that want more
/// say "busy". After SMP, which takes memory for each CPU, and before anything of the guest's is validated.
/// OutOfMemory when the states of its pages, of which none may be missing, do not fit into `region`.
[[nodiscard]] BootResult build_page_table(mm::Memory& memory, Guest& guest, GpaRange region);

/// The guest's start page, and what only a Linux is given; then the keys of the levels above the guest are
/// wiped in `secrets`, our page. Errors of build_boot_region and finish_boot_params.
[[nodiscard]] BootResult fill_boot_region(Guest& guest, const BootRegionPlan& plan,
                                          const abi::adyton::BootBlock& block, abi::SecretsPage& secrets,
                                          PageBuffer& buffer);

/// Makes the boot vCPU's first VMSA and tells the hypervisor of it. The VMSA comes from our own heap, so the
/// guest gets no right on it at all. OutOfMemory, OwnMemory when RMPADJUST refuses the page, GuestLaunch when
/// the hypervisor does.
[[nodiscard]] BootResult launch_guest(mm::Memory& memory, Guest& guest, const BootRegionPlan& plan,
                                      const abi::adyton::BootBlock& block);

}  // namespace svsm
