// SPDX-License-Identifier: MIT
// Ways in which the machine misbehaves on request (`adversary=NAME` on its command line), so that a run shows
// an SVSM's defences at work. docs/termination-codes.md says which refusal each one provokes.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace abi::adyton {

enum class Adversary : std::uint8_t {
    None,
    NotVmpl0,
    SevFeatures,
    GhcbVersion,
    BadReply,
    NoSnpFeature,
    PscRefused,
    PscLies,
    CpuidCount,
    CpuidCBit,
    NoInvlpgb,
    SecretsVersion,
    MemoryMapOverlap,
    GhcbRefused,
    ApRefused,
    ApNeverRuns,
    RunVmplRefused,
    GuestPscLies,
    StealsPage,
    InjectsException,
    RebindsPage,
    InjectsVc,
    InjectsPageFault,
    NmiAtVmpl0,
    HvAtVmpl0,
    LaunchRights,
    ApAtOnce,
    ImplicitConversion,
    GuestTakesSvsmPage,
    ApicIdsCount,
    ApicIdsTwice,
    ApicIdsForeign,
    ApicIdsHuge,
    ApicIdsRefused,
    LateLines,
    // These conspire with their guest, which triggers each step: see conspiracy.hpp.
    TwoPages,
    SwapWhileZeroing,
    HidesWhileZeroing,
    FaultsWhileZeroing,
    FaultsWhileRevoking,
    // Lies to a guest below VMPL0 only, so that the SVSM gets far enough to start it. They show how
    // the guest ends.
    GuestGhcbVersion,
    GuestNoSnp,
    GuestNoMultiVmpl,
    GuestGhcbRefused,
    GuestPscRefused,
    GuestPscListRefused,
    GuestNoCpuid,
    GuestNoCpuid1,
    GuestIoRefused,
    GuestRunVmplRefused,
    GuestThirdRunRefused,
};

inline constexpr std::array<std::pair<std::string_view, Adversary>, 50> adversary_names{{
    {"not-vmpl0", Adversary::NotVmpl0},
    {"sev-features", Adversary::SevFeatures},
    {"ghcb-version", Adversary::GhcbVersion},
    {"bad-reply", Adversary::BadReply},
    {"no-snp-feature", Adversary::NoSnpFeature},
    {"psc-refused", Adversary::PscRefused},
    {"psc-lies", Adversary::PscLies},
    {"cpuid-count", Adversary::CpuidCount},
    {"cpuid-cbit", Adversary::CpuidCBit},
    {"no-invlpgb", Adversary::NoInvlpgb},
    {"secrets-version", Adversary::SecretsVersion},
    {"memory-map-overlap", Adversary::MemoryMapOverlap},
    {"ghcb-refused", Adversary::GhcbRefused},
    {"ap-refused", Adversary::ApRefused},
    {"ap-never-runs", Adversary::ApNeverRuns},
    {"run-vmpl-refused", Adversary::RunVmplRefused},
    {"guest-psc-lies", Adversary::GuestPscLies},
    {"steals-page", Adversary::StealsPage},
    {"injects-exception", Adversary::InjectsException},
    {"rebinds-page", Adversary::RebindsPage},
    {"injects-vc", Adversary::InjectsVc},
    {"injects-page-fault", Adversary::InjectsPageFault},
    {"nmi-at-vmpl0", Adversary::NmiAtVmpl0},
    {"hv-at-vmpl0", Adversary::HvAtVmpl0},
    {"launch-rights", Adversary::LaunchRights},
    {"ap-at-once", Adversary::ApAtOnce},
    {"implicit-conversion", Adversary::ImplicitConversion},
    {"guest-takes-svsm-page", Adversary::GuestTakesSvsmPage},
    {"apic-ids-count", Adversary::ApicIdsCount},
    {"apic-ids-twice", Adversary::ApicIdsTwice},
    {"apic-ids-foreign", Adversary::ApicIdsForeign},
    {"apic-ids-huge", Adversary::ApicIdsHuge},
    {"apic-ids-refused", Adversary::ApicIdsRefused},
    {"late-lines", Adversary::LateLines},
    {"two-pages", Adversary::TwoPages},
    {"swap-while-zeroing", Adversary::SwapWhileZeroing},
    {"hides-while-zeroing", Adversary::HidesWhileZeroing},
    {"faults-while-zeroing", Adversary::FaultsWhileZeroing},
    {"faults-while-revoking", Adversary::FaultsWhileRevoking},
    {"guest-ghcb-version", Adversary::GuestGhcbVersion},
    {"guest-no-snp", Adversary::GuestNoSnp},
    {"guest-no-multi-vmpl", Adversary::GuestNoMultiVmpl},
    {"guest-ghcb-refused", Adversary::GuestGhcbRefused},
    {"guest-psc-refused", Adversary::GuestPscRefused},
    {"guest-psc-list-refused", Adversary::GuestPscListRefused},
    {"guest-no-cpuid", Adversary::GuestNoCpuid},
    {"guest-no-cpuid-1", Adversary::GuestNoCpuid1},
    {"guest-io-refused", Adversary::GuestIoRefused},
    {"guest-run-vmpl-refused", Adversary::GuestRunVmplRefused},
    {"guest-third-run-refused", Adversary::GuestThirdRunRefused},
}};

constexpr std::optional<Adversary> parse_adversary(std::string_view name) {
    for (const auto& [text, value] : adversary_names)
        if (text == name) return value;
    return std::nullopt;
}

}  // namespace abi::adyton
