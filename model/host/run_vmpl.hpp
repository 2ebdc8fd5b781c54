// SPDX-License-Identifier: MIT
// Run VMPL, in both forms, on both kinds of host: one that switches the vCPU between levels, and KVM with
// planes, which runs and stops them. [GHCB "Run VMPL"]
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <optional>

#include "abi/snp/rmp.hpp"

namespace model::host {

enum class RunForm : std::uint8_t { Event, Msr };

enum class RunRefusal : std::uint8_t {
    NotOffered,  ///< this host knows VMPL0 only, and the request not at all
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
    Stay,  ///< the level runs already: the request is granted and changes nothing
    Switch,
};
/// What to do about a request for `vmpl`. After an error the caller goes on, and its reply says so; only
/// NotOffered by MSR leaves the request without a reply, as KVM does with all that it does not know.
[[nodiscard]] std::expected<RunAction, RunRefusal> plan_run(std::uint64_t vmpl, const RunScene& scene);

// ---- KVM with planes

/// One level of a vCPU, as that host keeps it.
struct Plane {
    bool exists = false;         ///< has had a save area
    bool has_save_area = false;  ///< it was not destroyed since
    bool is_stopped = false;     ///< another plane was run in its place
};
enum class PlaneRefusal : std::uint8_t {
    Refused,       ///< the event says so
    EndsNoVcpu,    ///< by MSR: KVM_RUN fails, and QEMU ends the VM, because the plane has no vCPU
    EndsDestroyed  ///< by MSR: the same, because its save area was destroyed
};
/// Whether that host runs the plane.
[[nodiscard]] std::expected<void, PlaneRefusal> check_plane(const Plane& plane, RunForm form);
/// The plane that it runs next: the most privileged that is not stopped, whether or not it has a save area;
/// empty when all are stopped, and then plane 0 is to go on.
[[nodiscard]] std::optional<abi::Vmpl> next_plane(const std::array<Plane, abi::vmpl_count>& planes);

}  // namespace model::host
