// SPDX-License-Identifier: MIT
#include "tools/image/sev_features.hpp"

#include <array>
#include <string_view>

#include "base/result.hpp"
#include "tools/support/format.hpp"

namespace tools::image {
namespace {

using F = abi::SevFeatures;

struct Feature {
    std::string_view name;
    std::uint64_t mask;
    std::string_view refused = {};  ///< why the SVSM does not start with it; empty: it does
};

constexpr std::array features{
    Feature{"restricted-injection", F::RestrictedInjection::mask},
    Feature{"debug-swap", F::DebugSwap::mask},
    Feature{"prevent-host-ibs", F::PreventHostIbs::mask},
    Feature{"btb-isolation", F::BtbIsolation::mask},
    Feature{"smt-protection", F::SmtProtection::mask},
    Feature{"ibpb-on-entry", F::IbpbOnEntry::mask},
    Feature{"secure-tsc", F::SecureTsc::mask},
    Feature{"vtom", F::VTom::mask, "it decides by address, and not by the C-bit, what is private"},
    Feature{"reflect-vc", F::ReflectVc::mask, "it hands exceptions of one level to another"},
    Feature{"alternate-injection", F::AlternateInjection::mask,
            "the SVSM would have to give the guest its interrupts"},
    Feature{"vmpl-sss", F::VmplSss::mask, "the SVSM has no shadow stack"},
    Feature{"vmsa-reg-prot", F::VmsaRegProt::mask,
            "the SVSM reads and writes registers in VMSAs as they are"},
};

std::string known_names() {
    std::string names;
    for (const auto& feature : features)
        if (feature.refused.empty()) names += formatted("{}{}", names.empty() ? "" : ", ", feature.name);
    return names;
}

Result<std::uint64_t> parse_one(std::string_view name) {
    for (const auto& feature : features) {
        if (feature.name != name) continue;
        if (!feature.refused.empty())
            return problem("--sev-features {} is not possible: {}", name, feature.refused);
        return feature.mask;
    }
    return problem("there is no SEV feature '{}'; choose from: {}", name, known_names());
}

}  // namespace

Result<std::uint64_t> parse_sev_features(const std::string& text) {
    std::uint64_t mask = default_sev_features;
    for (std::string_view left = text;;) {
        const auto comma = left.find(',');
        mask |= TRY(parse_one(left.substr(0, comma)));
        if (comma == std::string_view::npos) return mask;
        left.remove_prefix(comma + 1);
    }
}

std::string sev_feature_names(std::uint64_t mask) {
    std::string names;
    const auto add = [&](std::string_view name) {
        names += formatted("{}{}", names.empty() ? "" : ", ", name);
    };
    std::uint64_t left = mask & ~default_sev_features;
    for (const auto& feature : features) {
        if ((left & feature.mask) != 0) add(feature.name);
        left &= ~feature.mask;
    }
    if (left != 0) add(formatted("0x{:x}", left));
    return names;
}

}  // namespace tools::image
