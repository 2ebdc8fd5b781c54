// SPDX-License-Identifier: MIT
// The GHCB MSR protocol from the guest's side: it checks every reply before use.
#include "svsm/ghcb/msr_protocol.hpp"

#include "abi/snp/ghcb_msr.hpp"
#include "base/result.hpp"
#include "machine/machine.hpp"

namespace svsm::ghcb {
namespace {

using abi::GhcbInfo;
using abi::GhcbMsr;

constexpr std::uint64_t info(GhcbInfo code) { return static_cast<std::uint64_t>(code); }

/// One exchange. A hypervisor that answers another request breaks the protocol, which ends the machine.
BootExpected<std::uint64_t> ask(std::uint64_t request, GhcbInfo expected) {
    const auto reply = machine::ghcb_msr_exchange(request);
    if (GhcbMsr::Info::get(reply) != info(expected)) return std::unexpected{Termination::HypervisorReply};
    return reply;
}

}  // namespace

BootResult check_version() {
    const auto reply = TRY(ask(info(GhcbInfo::SevInfoRequest), GhcbInfo::SevInfoResponse));
    if (GhcbMsr::MinVersion::get(reply) > abi::ghcb_version ||
        GhcbMsr::MaxVersion::get(reply) < abi::ghcb_version)
        return std::unexpected{Termination::GhcbVersion};
    return {};
}

BootExpected<std::uint64_t> query_features() {
    using abi::HypervisorFeature;
    const auto reply = TRY(ask(info(GhcbInfo::FeaturesRequest), GhcbInfo::FeaturesResponse));
    const auto features = GhcbMsr::Features::get(reply);
    constexpr auto needed = HypervisorFeature::snp | HypervisorFeature::ap_creation;
    if ((features & needed) != needed) return std::unexpected{Termination::HypervisorFeatures};
    return features;
}

BootResult register_page(Gpa page) {
    const auto reply =
        TRY(ask(page.value() | info(GhcbInfo::RegisterGhcbRequest), GhcbInfo::RegisterGhcbResponse));
    // The host refused, or registered another page: our next exchange would use the wrong one.
    if ((reply & GhcbMsr::Gfn::mask) != page.value()) return std::unexpected{Termination::GhcbRegistration};
    return {};
}

BootResult change_page_state(Gpa page, abi::PscOperation operation) {
    const auto request = page.value() | GhcbMsr::PscOperation::put(static_cast<std::uint64_t>(operation)) |
                         info(GhcbInfo::PscRequest);
    const auto reply = TRY(ask(request, GhcbInfo::PscResponse));
    if (reply != info(GhcbInfo::PscResponse)) return std::unexpected{Termination::PageStateChange};
    return {};
}

bool run_vmpl(abi::Vmpl vmpl) {
    const auto request =
        GhcbMsr::RunVmplTarget::put(static_cast<std::uint64_t>(vmpl)) | info(GhcbInfo::RunVmplRequest);
    // Anything but the plain reply, error bits included, is a refusal.
    return machine::ghcb_msr_exchange(request) == info(GhcbInfo::RunVmplResponse);
}

}  // namespace svsm::ghcb
