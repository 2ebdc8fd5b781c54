// SPDX-License-Identifier: MIT
// Save areas that a guest gives to a vCPU. [GHCB "SNP AP Creation"]
#include "model/host/ap_creation.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/idle.hpp"
#include "snpemu/host/planes.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

Vcpu* find_vcpu(Machine& machine, std::uint64_t apic_id) {
    for (Vcpu* vcpu : std::span{machine.vcpus}.first(machine.cpu_count))
        if (vcpu->apic_id == apic_id) return vcpu;
    return nullptr;
}

/// The state of this machine that a request is judged by.
struct Scene {
    Machine& machine;
    Vcpu& caller;
    Vcpu& target;
    const host::ApCreation& asked;
};

constexpr std::unexpected refused{abi::NaeError::InvalidInput};

/// KVM: the level's features are those of its first save area.
bool takes_injection(const Scene& s) {
    auto& known = s.machine.plane_features[static_cast<unsigned>(s.asked.vmpl)];
    std::uint64_t first = 0;
    if (known.compare_exchange_strong(first, *s.asked.features)) return true;
    return host::are_like_first(first, *s.asked.features);
}

/// Whether this kind of host takes the features for that level.
bool takes_features(const Scene& s) {
    switch (s.machine.host) {
        case abi::adyton::Host::Planes: return planes::accepts(s.machine, s.asked.vmpl, *s.asked.features);
        case abi::adyton::Host::Kvm: return takes_injection(s);
        case abi::adyton::Host::Strict: break;
    }
    return true;
}

std::expected<void, host::ApRefusal> judge(const Scene& s) {
    host::SaveAreaRules rules{.is_ram = s.machine.ram.contains(s.asked.vmsa, page_bytes),
                              .offered = s.machine.processor.sev_features};
    // KVM forces SNP on and compares the injection alone; VMRUN judges what the VMSA has.
    if (is_kvm(s.machine)) rules.demanded = 0, rules.offered = ~0ull;
    if (const auto checked = host::check_save_area(s.asked, rules); !checked) return checked;
    if (!takes_features(s)) return std::unexpected{host::ApRefusal::OtherFeatures};
    return {};
}

/// What a refusal does besides. A planes host finds out too late for an answer what is wrong with the first VMSA
/// of a plane.
void refuse(const Scene& s, host::ApRefusal why) {
    if (s.machine.host == abi::adyton::Host::Planes)
        planes::refuse_creation(s.caller, s.target, s.asked.vmpl);
    if (host::stops_target(s.machine.host, s.asked, why))
        post(s.machine, s.caller, s.target, {.vmpl = s.asked.vmpl, .destroy = true});
}

/// For the caller's own vCPU: the VMSA that the next Run VMPL enters.
void adopt(const Scene& s, const VmsaPlace& place) {
    if (s.machine.host == abi::adyton::Host::Planes)
        planes::adopt(s.machine, s.target, {.vmpl = s.asked.vmpl, .vmsa = place});
    else {
        VmplSlot& slot = s.target.slots[static_cast<unsigned>(s.asked.vmpl)];
        slot = slot.renewed(place, s.machine.c_bit);
    }
}

std::expected<void, abi::NaeError> install(const Scene& s, host::ApAction action) {
    if (const auto judged = judge(s); !judged) {
        refuse(s, judged.error());
        return refused;
    }
    // A host that never runs the VMSA answers as if it did.
    if (&s.target != &s.caller &&
        lies_at(s.machine, s.caller, host::Moment::InstallsAp, s.asked.apic_id).has(host::Act::Claim))
        return {};
    VmsaPlace place;
    {
        const LockGuard guard{s.machine.rmp_lock};
        const auto system = s.machine.rmp.map().find(s.asked.vmsa);
        if (!system) return refused;
        place = vmsa_in(s.machine, s.asked.vmsa, *system);
    }
    if (action == host::ApAction::Adopt)
        adopt(s, place);
    else
        post(s.machine, s.caller, s.target,
             {.run_now = action == host::ApAction::Start, .vmpl = s.asked.vmpl, .vmsa = place});
    return {};
}

void note(Vcpu& vcpu, const GhcbRequest& request) {
    using Info = abi::ApCreationInfo;
    trace::note(vcpu, trace::Kind::ApCreate,
                {.detail = abi::adyton::trace::ap_detail(Info::Request::get(request.info_1),
                                                         Info::Vmpl::get(request.info_1)),
                 .value = static_cast<std::uint32_t>(Info::ApicId::get(request.info_1)),
                 .a = request.info_2,
                 .b = request.rax});
}

}  // namespace

VmsaPlace vmsa_in(Machine& machine, Gpa named, Spa system) {
    machine.ram.settle(system);
    return {named, system, reinterpret_cast<abi::Vmsa*>(machine.ram.at(system)), &machine.rmp.entry(system)};
}

std::expected<void, abi::NaeError> create_ap(Machine& machine, Vcpu& vcpu, const GhcbRequest& request) {
    note(vcpu, request);
    const auto asked = host::read_ap_creation(request);
    if (!asked) return std::unexpected{host::error_of(asked.error())};
    Vcpu* const target = find_vcpu(machine, asked->apic_id);
    const host::ApScene scene{.caller = vcpu.current,
                              .is_known = target != nullptr,
                              .is_own_vcpu = target == &vcpu,
                              .has_one_vmpl = machine.properties.has(HostProperty::OneVmpl),
                              .host = machine.host};
    if (!host::check_target(*asked, scene)) return refused;
    if (lies_at(machine, vcpu, host::Moment::AsksAp, asked->apic_id).has(host::Act::Refuse)) return refused;
    const auto action = host::plan_ap_creation(*asked, scene);
    if (action != host::ApAction::Destroy) return install({machine, vcpu, *target, *asked}, action);
    post(machine, vcpu, *target, {.vmpl = asked->vmpl, .destroy = true});
    return {};
}

}  // namespace snpemu
