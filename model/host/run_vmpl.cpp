// SPDX-License-Identifier: MIT
// Which VMPL a vCPU runs next.
#include "model/host/run_vmpl.hpp"

namespace model::host {

std::expected<RunAction, RunRefusal> plan_run(std::uint64_t vmpl, const RunScene& scene) {
    if (scene.has_one_vmpl) return std::unexpected{RunRefusal::NotOffered};
    if (vmpl >= abi::vmpl_count) return std::unexpected{RunRefusal::UnknownVmpl};
    if (static_cast<abi::Vmpl>(vmpl) == scene.current) return RunAction::Stay;
    if (!scene.has_save_area[vmpl]) return std::unexpected{RunRefusal::NoSaveArea};
    return RunAction::Switch;
}

abi::NaeError error_of(RunRefusal refusal, abi::adyton::Host host) {
    if (refusal == RunRefusal::NotOffered) return abi::NaeError::InvalidEvent;
    const bool is_numberless = host == abi::adyton::Host::Kvm && refusal == RunRefusal::NoSaveArea;
    return is_numberless ? abi::NaeError{} : abi::NaeError::InvalidInput;
}

std::expected<void, PlaneRefusal> check_plane(const Plane& plane, RunForm form) {
    if (plane.exists && plane.has_save_area) return {};
    if (form == RunForm::Event) return std::unexpected{PlaneRefusal::Refused};
    return std::unexpected{plane.exists ? PlaneRefusal::EndsDestroyed : PlaneRefusal::EndsNoVcpu};
}

std::optional<abi::Vmpl> next_plane(const std::array<Plane, abi::vmpl_count>& planes) {
    for (std::size_t level = 0; level < planes.size(); ++level)
        if (planes[level].exists && !planes[level].is_stopped) return static_cast<abi::Vmpl>(level);
    return std::nullopt;
}

}  // namespace model::host
