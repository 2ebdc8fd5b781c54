// SPDX-License-Identifier: MIT
// The last steps: the boot region that the guest finds, and its first VMSA.
#include <string_view>

#include "svsm/boot/keys.hpp"
#include "svsm/boot/steps/steps.hpp"
#include "svsm/ghcb/vcpu_events.hpp"
#include "svsm/guest/rights.hpp"
#include "svsm/launch/firmware_start.hpp"
#include "svsm/launch/linux_start.hpp"
#include "svsm/log.hpp"

namespace svsm {
namespace {

bool is_linux(const abi::adyton::BootBlock& block) {
    return block.guest_kind == abi::adyton::GuestKind::Linux;
}

/// The page of the boot vCPU's VMSA, filled.
BootExpected<Gpa> make_first_vmsa(mm::Memory& memory, const BootRegionPlan& plan,
                                  const abi::adyton::BootBlock& block) {
    const auto page = TRY(memory.pages.allocate_for_vmsa());
    auto& vmsa = *memory.linear.object<abi::Vmsa>(page);
    vmsa = abi::Vmsa{};
    if (is_firmware(block))
        fill_firmware_vmsa(vmsa, plan);
    else if (is_linux(block))
        fill_linux_vmsa(vmsa, plan, block);
    else
        fill_guest_vmsa(vmsa, plan, block.guest_entry);
    if (!make_vmsa(memory.linear.va(page), abi::Vmpl::Vmpl0)) return std::unexpected{Termination::OwnMemory};
    return page;
}

void log_launch(const mm::Memory& memory, const Guest& guest, const abi::adyton::BootBlock& block) {
    log("own memory: {} of {} KiB in use",
        (block.region_bytes - memory.pages.free_pages() * page_bytes) >> 10, block.region_bytes >> 10);
    const std::string_view name{block.guest_name.data()};
    log("launching guest '{}' at VMPL{} on {} vCPUs", name, block.guest_vmpl, guest.vcpus.size());
}

}  // namespace

BootResult fill_boot_region(Guest& guest, const BootRegionPlan& plan, const abi::adyton::BootBlock& block,
                            abi::SecretsPage& secrets, PageBuffer& buffer) {
    if (is_firmware(block)) {
        TRY_VOID(fill_firmware_pages(plan, block, buffer));
        wipe_secrets(secrets);
        return {};
    }
    const BootGuard alone{guest.lock};
    TRY_VOID(build_boot_region(plan, guest.pages, buffer));
    wipe_secrets(secrets);
    if (!is_linux(block)) return {};
    return finish_boot_params(plan, block, buffer);
}

BootResult launch_guest(mm::Memory& memory, Guest& guest, const BootRegionPlan& plan,
                        const abi::adyton::BootBlock& block) {
    const auto page = TRY(make_first_vmsa(memory, plan, block));
    auto& startup = guest.vcpus.front();
    {
        const ExclusiveGuard lock{guest.lock};
        guest.startup_vmsa = page;
        guest.set_vcpu(startup, guest.vmpl, page, plan.calling_area);
    }
    // CreateOnInit for our own vCPU only tells the hypervisor which VMSA a later RUN_VMPL means.
    const bool accepted = ghcb::ap_create({.request = abi::ApCreationRequest::CreateOnInit,
                                           .apic_id = startup.apic_id,
                                           .vmpl = guest.vmpl,
                                           .vmsa = page,
                                           .sev_features = guest.sev_features});
    if (!accepted) return std::unexpected{Termination::GuestLaunch};
    log_launch(memory, guest, block);
    return {};
}

}  // namespace svsm
