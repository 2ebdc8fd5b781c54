// SPDX-License-Identifier: MIT
// AP creation: which save areas a host accepts from its guest, for which vCPU and level, and what it does
// with one that it accepts. [GHCB "SNP AP Creation"]
#pragma once
#include <cstdint>
#include <expected>
#include <optional>

#include "abi/snp/rmp.hpp"
#include "abi/snp/vmsa.hpp"
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
    NoFeatures,           ///< the guest did not give RAX
    OtherFeatures,  ///< RAX lacks a bit that the host demands, has one that it does not offer, or differs
};

/// SW_EXITINFO2 of a refusal.
[[nodiscard]] abi::NaeError error_of(ApRefusal refusal);
/// KVM takes the level's save area away before it looks at the new one: after such a refusal the target stands still.
/// CREATE_ON_INIT waits for the INIT, unless the features were wrong.
[[nodiscard]] bool stops_target(abi::adyton::Host host, const ApCreation& asked, ApRefusal refusal);
/// KVM with a vCPU for each VMPL: the first save area of a level says which features the level has. Of those that
/// follow, only the bits that choose how events are injected must be the same. `first` is 0 when there was none.
[[nodiscard]] constexpr bool are_like_first(std::uint64_t first, std::uint64_t features) {
    constexpr std::uint64_t injection = 3u << 3;
    return first == 0 || ((first ^ features) & injection) == 0;
}

/// The request of the event. UnknownRequest, UnknownVmpl, NoFeatures.
[[nodiscard]] std::expected<ApCreation, ApRefusal> read_ap_creation(const GhcbRequest& request);

/// What the host knows of the vCPU that a request names, and of the caller.
struct ApScene {
    abi::Vmpl caller{};
    bool is_known = false;     ///< some vCPU has the APIC id
    bool is_own_vcpu = false;  ///< the caller itself has it
    bool has_one_vmpl = false;
    abi::adyton::Host host = abi::adyton::Host::Strict;
};
/// Whether this caller may change that level of that vCPU. UnknownVcpu to OwnSaveArea.
[[nodiscard]] std::expected<void, ApRefusal> check_target(const ApCreation& asked, const ApScene& scene);

/// What the host demands of a save area without reading it. VMRUN judges the rest.
struct SaveAreaRules {
    bool is_ram = false;  ///< all of the page
    /// Bits of SEV_FEATURES that a level must have, and may have. [GHCB "SNP AP Creation"]
    std::uint64_t demanded = abi::SevFeatures::SnpActive::mask;
    std::uint64_t offered = abi::SevFeatures::SnpActive::mask;
    std::optional<std::uint64_t>
        features;  ///< exactly these, on a host that compares; empty: each level has its own
};
/// Judges the save area of any request but Destroy, which brings none. MisalignedVmsa to OtherFeatures.
[[nodiscard]] std::expected<void, ApRefusal> check_save_area(const ApCreation& asked,
                                                             const SaveAreaRules& rules);

enum class ApAction : std::uint8_t {
    Destroy,  ///< the level of that vCPU loses its save area
    Adopt,    ///< at once, for the caller's own vCPU: the next Run VMPL enters this save area
    Install,  ///< when the vCPU reads its mailbox; it continues with the level that it runs
    Start,    ///< when the vCPU reads its mailbox; it then runs this save area
};
/// What to do with a request that passed both checks.
[[nodiscard]] ApAction plan_ap_creation(const ApCreation& asked, const ApScene& scene);

}  // namespace model::host
