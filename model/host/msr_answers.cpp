// SPDX-License-Identifier: MIT
// Fills in the replies from the host's properties.
#include "model/host/msr_answers.hpp"

namespace model::host {

std::uint64_t announced_features(abi::adyton::HostProperties properties) {
    using abi::HypervisorFeature, abi::adyton::HostProperty;
    std::uint64_t features =
        HypervisorFeature::snp | HypervisorFeature::ap_creation | HypervisorFeature::restricted_injection;
    if (!properties.has(HostProperty::NoApicIdList)) features |= HypervisorFeature::apic_id_list;
    if (!properties.has(HostProperty::OneVmpl)) features |= HypervisorFeature::multi_vmpl;
    return features;
}

std::optional<std::uint64_t> answer_facts(const ghcb_msr::Request& request, const HostFacts& facts) {
    if (std::holds_alternative<ghcb_msr::SevInfo>(request))
        return ghcb_msr::sev_info_reply(facts.least_version, facts.most_version, facts.c_bit);
    if (std::holds_alternative<ghcb_msr::Features>(request)) return ghcb_msr::features_reply(facts.features);
    if (std::holds_alternative<ghcb_msr::PreferredGhcb>(request)) return ghcb_msr::preferred_ghcb_none();
    return std::nullopt;
}

std::uint64_t reset_msr(unsigned c_bit) {
    return ghcb_msr::sev_info_reply(oldest_version, abi::ghcb_version, c_bit);
}

std::uint64_t answer_cpuid(const ghcb_msr::Cpuid& request, const std::array<std::uint32_t, 4>& values) {
    return ghcb_msr::cpuid_reply(request.reg, values[request.reg & 3]);
}

std::uint64_t answer_registration(Gpa page, bool is_accepted) {
    return is_accepted ? ghcb_msr::register_reply(page) : ghcb_msr::register_refused();
}

std::uint64_t answer_hold_ended() {
    return static_cast<std::uint64_t>(abi::GhcbInfo::ApResetHoldResponse) | page_bytes;
}

std::uint64_t answer_run_vmpl(bool is_run) { return ghcb_msr::run_vmpl_reply(is_run ? 0 : 1); }

}  // namespace model::host
