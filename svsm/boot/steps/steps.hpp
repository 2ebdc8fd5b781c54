// SPDX-License-Identifier: MIT
// Bodies of the boot's steps that are more than one check or one call of another folder. Parameters bring
// what each needs; main.cpp has the order.
#pragma once
#include "abi/adyton/boot_block.hpp"
#include "abi/snp/secrets.hpp"
#include "svsm/boot/checks.hpp"
#include "svsm/cpu/cpu.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/launch/boot_region.hpp"
#include "svsm/mm/memory.hpp"
#include "svsm/psp/channel.hpp"
#include "svsm/result.hpp"

namespace svsm {

/// Logs the name and version of the SVSM, and a warning about a hypervisor that cannot run
/// less privileged VMPLs.
void print_banner(const abi::adyton::BootBlock& block, std::uint64_t hypervisor_features);

/// Gives `vcpus` their ids: from the host's list where it has one, else counted. A host may give its vCPUs any
/// distinct ids. ApicIds when its list contradicts itself, OutOfMemory without a page to share.
[[nodiscard]] BootResult read_apic_ids(mm::Memory& memory, std::uint64_t hypervisor_features, std::uint32_t own,
                                       std::span<Vcpu> vcpus);

/// Moves VMPCK0 to one page, `memory.keys`. That page stays mapped until the boot has checked that the host
/// left it in place. OutOfMemory without a page for it; the keys have not moved then.
[[nodiscard]] BootResult move_keys(mm::Memory& memory, abi::SecretsPage& secrets);

/// Builds the channel through which calls ask the AMD-SP, for the key in `memory.keys`. Nothing is sent. OutOfMemory
/// when its pages do not fit; errors of mm::Memory::share.
[[nodiscard]] BootResult open_channel(mm::Memory& memory, Guest& guest);

/// Asks for a report about this launch and holds it against the image, if that wants it. Comes after the boot CPU, which
/// has the window for the key, and before anything is done for a guest. NoOwnReport when the AMD-SP does not answer, or
/// the host does not let it; errors of check_own_report.
[[nodiscard]] BootResult check_own_report(psp::Channel& channel, const abi::adyton::BootBlock& block);

/// With Secure TSC: asks the AMD-SP for the clock that every VMSA must have. Comes before the first VMSA is made. NoClock
/// when there is no answer.
[[nodiscard]] BootResult read_clock(Guest& guest);

/// Makes the guest's vCPUs, and a flag of its lock for each. OutOfMemory when they do not fit.
[[nodiscard]] BootResult make_vcpus(mm::Memory& memory, Guest& guest, std::uint32_t count);
/// Makes `cpu` that of the first vCPU: stacks, windows, a page for lists. OutOfMemory when they do not fit.
[[nodiscard]] BootResult build_boot_cpu(mm::Memory& memory, Guest& guest, cpu::Cpu& cpu);

/// Builds the table of the guest's pages. It never grows, because nothing that the SVSM needs may lie in
/// memory that a guest can have taken away (docs/adr/0014). If objects for all of the guest's memory do not
/// fit, the table of objects gets half of the memory that the boot has left over, and calls that need more
/// answer "busy". Comes after SMP, which takes memory for each CPU, and before the first validation of guest
/// memory. OutOfMemory when the states of all pages, which the SVSM cannot do without, do not
/// fit into `region`.
[[nodiscard]] BootResult build_page_table(mm::Memory& memory, Guest& guest, GpaRange region);

/// Fills the guest's boot region, wipes `secrets`, which is the SVSM's own secrets page, and completes the
/// boot parameters of a Linux. Errors of build_boot_region and finish_boot_params.
[[nodiscard]] BootResult fill_boot_region(Guest& guest, const BootRegionPlan& plan,
                                          const abi::adyton::BootBlock& block, abi::SecretsPage& secrets,
                                          PageBuffer& buffer);

/// Makes the boot vCPU's first VMSA and registers it with the hypervisor. The VMSA comes from the SVSM's
/// heap, so the guest has no right on it. OutOfMemory, OwnMemory when RMPADJUST refuses the page, GuestLaunch
/// when the hypervisor does.
[[nodiscard]] BootResult launch_guest(mm::Memory& memory, Guest& guest, const BootRegionPlan& plan,
                                      const abi::adyton::BootBlock& block);

}  // namespace svsm
