// SPDX-License-Identifier: MIT
// Save areas that software brings for a vCPU. [GHCB "SNP AP Creation"]
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/idle.hpp"
#include "snpemu/host/planes.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

/// A page of guest memory, and not one at a multiple of 2 MiB: early SNP silicon takes all of them for in use
/// when a VMSA stands at their beginning.
bool is_usable(const Machine& machine, Gpa vmsa) {
    return vmsa.is_page_aligned() && machine.ram.contains(vmsa, page_bytes) &&
           !vmsa.is_aligned(large_page_bytes);
}

std::unexpected<abi::NaeError> refuse() { return std::unexpected{abi::NaeError::InvalidInput}; }

Vcpu* find_vcpu(Machine& machine, std::uint64_t apic_id) {
    for (Vcpu* vcpu : std::span{machine.vcpus}.first(machine.cpu_count))
        if (vcpu->apic_id == apic_id) return vcpu;
    return nullptr;
}

}  // namespace

VmsaPlace vmsa_in(Machine& machine, Gpa named, Spa system) {
    machine.ram.settle(system);
    return {named, system, reinterpret_cast<abi::Vmsa*>(machine.ram.at(system)), &machine.rmp.entry(system)};
}

std::expected<void, abi::NaeError> create_ap(Machine& machine, Vcpu& vcpu, const GhcbRequest& request) {
    using Info = abi::ApCreationInfo;
    const auto what = static_cast<abi::ApCreationRequest>(Info::Request::get(request.info_1));
    const std::uint64_t vmpl = Info::Vmpl::get(request.info_1), apic_id = Info::ApicId::get(request.info_1);
    const Gpa vmsa{request.info_2};
    trace::note(vcpu, trace::Kind::ApCreate,
                {.detail = abi::adyton::trace::ap_detail(Info::Request::get(request.info_1), vmpl),
                 .value = static_cast<std::uint32_t>(apic_id),
                 .a = vmsa.value(),
                 .b = request.rax});

    if (Info::Request::get(request.info_1) > static_cast<std::uint64_t>(abi::ApCreationRequest::Destroy))
        return refuse();
    Vcpu* const named = find_vcpu(machine, apic_id);
    if (vmpl >= abi::vmpl_count || named == nullptr) return refuse();
    // Upstream KVM knows no VMPL but 0, and takes the bits for an unknown request.
    if (vmpl != 0 && machine.properties.has(HostProperty::OneVmpl)) return refuse();
    const auto target_vmpl = static_cast<abi::Vmpl>(vmpl);
    Vcpu& target = *named;
    // Less privileged software must not replace more privileged, and nobody the save area it runs on.
    if (target_vmpl < vcpu.current) return refuse();
    if (&target == &vcpu && target_vmpl == vcpu.current) return refuse();
    if (machine.adversary == Adversary::ApRefused) return refuse();

    if (what == abi::ApCreationRequest::Destroy) {
        post(machine, vcpu, target, {.vmpl = target_vmpl, .destroy = true});
        return {};
    }
    const bool has_planes = machine.host == abi::adyton::Host::Planes;
    if (!is_usable(machine, vmsa) || !request.rax_valid || request.rax != machine.launch_vmsa->sev_features ||
        (has_planes && !planes::accepts(machine, target_vmpl, request.rax))) {
        if (has_planes) planes::refuse_creation(vcpu, target, target_vmpl);
        return refuse();
    }
    if (machine.adversary == Adversary::ApNeverRuns && &target != &vcpu) return {};

    VmsaPlace place;
    {
        const LockGuard guard{machine.rmp_lock};
        const auto system = machine.rmp.map().find(vmsa);
        if (!system) return refuse();
        place = vmsa_in(machine, vmsa, *system);
    }
    const bool run_now = what == abi::ApCreationRequest::Create;
    if (&target == &vcpu && !run_now) {
        // For the caller's own vCPU this only says which VMSA the next Run VMPL enters.
        if (has_planes)
            planes::adopt(machine, target, {.vmpl = target_vmpl, .vmsa = place});
        else
            target.slots[vmpl] = VmplSlot::fresh(place, machine.c_bit);
        return {};
    }
    post(machine, vcpu, target, {.run_now = run_now, .vmpl = target_vmpl, .vmsa = place});
    return {};
}

}  // namespace snpemu
