// SPDX-License-Identifier: MIT
// Ways in which the machine can be told to misbehave (`adversary=NAME` on its command line), so that an
// SVSM's defences can be seen to work. docs/termination-codes.md says which refusal each one provokes.
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
};

inline constexpr std::array<std::pair<std::string_view, Adversary>, 20> adversary_names{{
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
}};

constexpr std::optional<Adversary> parse_adversary(std::string_view name) {
    for (const auto& [text, value] : adversary_names)
        if (text == name) return value;
    return std::nullopt;
}

}  // namespace abi::adyton
