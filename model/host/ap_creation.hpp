// SPDX-License-Identifier: MIT
// AP creation: which save areas a host takes from its guest, for which vCPU and level, and what becomes of
// one that it takes. [GHCB "SNP AP Creation"]
#pragma once
#include <cstdint>
#include <expected>
#include <optional>

#include "abi/snp/rmp.hpp"
#include "model/host/ghcb_page.hpp"

namespace model::host {

struct ApCreation {
    abi::ApCreationRequest what{};
    abi::Vmpl vmpl{};
    std::uint64_t apic_id = 0;
    Gpa vmsa{};
    std::optional<std::uint64_t> features;  ///< SEV_FEATURES that the save area is said to have
};

enum class ApRefusal : std::uint8_t {
    UnknownRequest,
    UnknownVmpl,
    UnknownVcpu,     ///< no vCPU has that APIC id
    OneVmplHost,     ///< a level below VMPL0, on a host that knows VMPL0 only
    MorePrivileged,  ///< the caller's level is less privileged than the one it names
    OwnSaveArea,     ///< the save area on which the caller runs
    MisalignedVmsa,
    VmsaOutsideRam,
    VmsaAtLargeBoundary,  ///< a multiple of 2 MiB, where early SNP silicon takes the whole 2 MiB for in use
    NoFeatures,           ///< RAX is not there
    OtherFeatures,        ///< RAX is not what the launch has
};

/// The request of the event. UnknownRequest, UnknownVmpl.
[[nodiscard]] std::expected<ApCreation, ApRefusal> read_ap_creation(const GhcbRequest& request);

/// Whom a request meets.
struct ApScene {
    abi::Vmpl caller{};
    bool is_known = false;     ///< some vCPU has the APIC id
    bool is_own_vcpu = false;  ///< the caller itself has it
    bool has_one_vmpl = false;
};
/// Whether this caller may change that level of that vCPU. UnknownVcpu to OwnSaveArea.
[[nodiscard]] std::expected<void, ApRefusal> check_target(const ApCreation& asked, const ApScene& scene);

/// What the host demands of a save area before it looks inside. VMRUN judges the rest.
struct SaveAreaRules {
    bool is_ram = false;                    ///< all of the page
    std::optional<std::uint64_t> features;  ///< of the launch; empty: this host takes any
};
/// Not for Destroy, which brings none. MisalignedVmsa to OtherFeatures.
[[nodiscard]] std::expected<void, ApRefusal> check_save_area(const ApCreation& asked,
                                                             const SaveAreaRules& rules);

enum class ApAction : std::uint8_t {
    Destroy,  ///< the level of that vCPU has no save area any more
    Adopt,    ///< at once, for the caller's own vCPU: which save area the next Run VMPL enters
    Install,  ///< when the vCPU looks, and it goes on with what it does
    Start,    ///< when the vCPU looks, and it runs that
};
/// What to do with a request that passed both checks.
[[nodiscard]] ApAction plan_ap_creation(const ApCreation& asked, const ApScene& scene);

}  // namespace model::host
