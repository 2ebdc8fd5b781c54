// SPDX-License-Identifier: MIT
// Save areas that software brings for a vCPU.
#include "model/host/ap_creation.hpp"

namespace model::host {

using enum ApRefusal;
using abi::ApCreationRequest;

std::expected<ApCreation, ApRefusal> read_ap_creation(const GhcbRequest& request) {
    using Info = abi::ApCreationInfo;
    const std::uint64_t what = Info::Request::get(request.info_1), vmpl = Info::Vmpl::get(request.info_1);
    if (what > static_cast<std::uint64_t>(ApCreationRequest::Destroy)) return std::unexpected{UnknownRequest};
    if (vmpl >= abi::vmpl_count) return std::unexpected{UnknownVmpl};
    ApCreation asked{.what = static_cast<ApCreationRequest>(what),
                     .vmpl = static_cast<abi::Vmpl>(vmpl),
                     .apic_id = Info::ApicId::get(request.info_1),
                     .vmsa = Gpa{request.info_2}};
    if (request.rax_valid) asked.features = request.rax;
    if (!asked.features && asked.what != ApCreationRequest::Destroy) return std::unexpected{NoFeatures};
    return asked;
}

std::expected<void, ApRefusal> check_target(const ApCreation& asked, const ApScene& scene) {
    if (!scene.is_known) return std::unexpected{UnknownVcpu};
    // Upstream KVM knows no VMPL but 0, and takes the bits for an unknown request.
    if (scene.has_one_vmpl && asked.vmpl != abi::Vmpl::Vmpl0) return std::unexpected{OneVmplHost};
    // KVM guards VMPL0 and nothing else, and takes a save area for the caller's own level.
    if (scene.host == abi::adyton::Host::Kvm &&
        (asked.vmpl != abi::Vmpl::Vmpl0 || asked.vmpl == scene.caller))
        return {};
    // Less privileged software must not replace more privileged software, and no software its own save area
    // while the CPU runs on it.
    if (asked.vmpl < scene.caller) return std::unexpected{MorePrivileged};
    if (scene.is_own_vcpu && asked.vmpl == scene.caller) return std::unexpected{OwnSaveArea};
    return {};
}

std::expected<void, ApRefusal> check_save_area(const ApCreation& asked, const SaveAreaRules& rules) {
    if (!asked.vmsa.is_page_aligned()) return std::unexpected{MisalignedVmsa};
    if (!rules.is_ram) return std::unexpected{VmsaOutsideRam};
    if (asked.vmsa.is_aligned(large_page_bytes)) return std::unexpected{VmsaAtLargeBoundary};
    if (!asked.features) return std::unexpected{NoFeatures};
    if ((~*asked.features & rules.demanded) != 0) return std::unexpected{OtherFeatures};
    if ((*asked.features & ~rules.offered) != 0) return std::unexpected{OtherFeatures};
    if (rules.features && *asked.features != *rules.features) return std::unexpected{OtherFeatures};
    return {};
}

abi::NaeError error_of(ApRefusal refusal) {
    return refusal == NoFeatures ? abi::NaeError::MissingInput : abi::NaeError::InvalidInput;
}

bool stops_target(abi::adyton::Host host, const ApCreation& asked, ApRefusal refusal) {
    if (host != abi::adyton::Host::Kvm) return false;
    if (refusal == OtherFeatures) return true;
    const bool is_about_page =
        refusal == MisalignedVmsa || refusal == VmsaOutsideRam || refusal == VmsaAtLargeBoundary;
    return is_about_page && asked.what != ApCreationRequest::CreateOnInit;
}

ApAction plan_ap_creation(const ApCreation& asked, const ApScene& scene) {
    if (asked.what == ApCreationRequest::Destroy) return ApAction::Destroy;
    if (asked.what == ApCreationRequest::Create) return ApAction::Start;
    return scene.is_own_vcpu ? ApAction::Adopt : ApAction::Install;
}

}  // namespace model::host
