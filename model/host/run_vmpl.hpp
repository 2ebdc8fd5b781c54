// SPDX-License-Identifier: MIT
// Run VMPL in both forms, MSR and event, on both kinds of host: one that switches the vCPU between levels,
// and KVM with planes, which runs and stops them. [GHCB "Run VMPL"]
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <optional>

#include "abi/adyton/host.hpp"
#include "abi/snp/ghcb.hpp"
#include "abi/snp/rmp.hpp"

namespace model::host {

enum class RunForm : std::uint8_t { Event, Msr };

enum class RunRefusal : std::uint8_t {
    NotOffered,  ///< this host knows VMPL0 only and has no such request
    UnknownVmpl,
    NoSaveArea,  ///< the level has none on this vCPU
};

/// What the host knows of the vCPU that asks.
struct RunScene {
    abi::Vmpl current{};
    bool has_one_vmpl = false;
    std::array<bool, abi::vmpl_count> has_save_area{};
};
enum class RunAction : std::uint8_t {
    Stay,  ///< the level runs already: the host grants the request and changes nothing
    Switch,
};
/// Decides a request for `vmpl`. After an error the caller continues and its reply carries the error.
/// NotOffered by MSR leaves the request without a reply, as KVM does with every request it does not know.
[[nodiscard]] std::expected<RunAction, RunRefusal> plan_run(std::uint64_t vmpl, const RunScene& scene);

/// SW_EXITINFO2 of the event's refusal: InvalidEvent from a host that does not offer Run VMPL, else InvalidInput. KVM
/// with a vCPU for each VMPL gives no number for a level without a save area.
[[nodiscard]] abi::NaeError error_of(RunRefusal refusal, abi::adyton::Host host);

// ---- KVM with planes

/// One level of a vCPU, as that host keeps it.
struct Plane {
    bool exists = false;         ///< has had a save area
    bool has_save_area = false;  ///< no AP destroy request removed it since
    bool is_stopped = false;     ///< another plane was run in its place
};
enum class PlaneRefusal : std::uint8_t {
    Refused,       ///< the reply of the event says so
    EndsNoVcpu,    ///< by MSR: KVM_RUN fails, and QEMU ends the VM, because the plane has no vCPU
    EndsDestroyed  ///< by MSR: the same, because its save area was destroyed
};
/// Whether that host runs the plane.
[[nodiscard]] std::expected<void, PlaneRefusal> check_plane(const Plane& plane, RunForm form);
/// The plane that this host runs next: the most privileged that is not stopped, whether or not it has a save
/// area. Empty when all are stopped; the host then continues plane 0.
[[nodiscard]] std::optional<abi::Vmpl> next_plane(const std::array<Plane, abi::vmpl_count>& planes);

}  // namespace model::host
