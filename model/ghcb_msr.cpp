// SPDX-License-Identifier: MIT
// The fields of each request and reply of the GHCB MSR protocol.
#include "model/ghcb_msr.hpp"

namespace model::ghcb_msr {
namespace {

using abi::GhcbInfo;
using abi::GhcbMsr;

constexpr std::uint64_t code(GhcbInfo info) { return static_cast<std::uint64_t>(info); }

}  // namespace

Request decode(std::uint64_t msr) {
    switch (GhcbInfo{static_cast<std::uint16_t>(GhcbMsr::Info::get(msr))}) {
        case GhcbInfo::GhcbGpa: return UseGhcbPage{Gpa{msr}};
        case GhcbInfo::SevInfoRequest: return SevInfo{};
        case GhcbInfo::CpuidRequest:
            return Cpuid{static_cast<std::uint32_t>(GhcbMsr::CpuidFunction::get(msr)),
                         static_cast<std::uint32_t>(GhcbMsr::CpuidRegister::get(msr))};
        case GhcbInfo::ApResetHoldRequest: return ApResetHold{};
        case GhcbInfo::PreferredGhcbRequest: return PreferredGhcb{};
        case GhcbInfo::RegisterGhcbRequest: return RegisterGhcb{Gpa{msr & GhcbMsr::Gfn::mask}};
        case GhcbInfo::PscRequest:
            return PageStateChange{Gpa{msr & GhcbMsr::PscGfn::mask},
                                   static_cast<std::uint8_t>(GhcbMsr::PscOperation::get(msr))};
        case GhcbInfo::RunVmplRequest:
            return RunVmpl{static_cast<std::uint8_t>(GhcbMsr::RunVmplTarget::get(msr))};
        case GhcbInfo::FeaturesRequest: return Features{};
        case GhcbInfo::TerminateRequest:
            return Terminate{static_cast<std::uint8_t>(GhcbMsr::TerminateSet::get(msr)),
                             static_cast<std::uint8_t>(GhcbMsr::TerminateCode::get(msr))};
        // Codes that only a hypervisor sends, and codes that the protocol does not define.
        default: return Unknown{msr};
    }
}

std::uint64_t sev_info_reply(std::uint16_t min_version, std::uint16_t max_version, unsigned c_bit) {
    return code(GhcbInfo::SevInfoResponse) | GhcbMsr::MaxVersion::put(max_version) |
           GhcbMsr::MinVersion::put(min_version) | GhcbMsr::CBit::put(c_bit);
}

std::uint64_t cpuid_reply(std::uint32_t reg, std::uint32_t value) {
    return code(GhcbInfo::CpuidResponse) | GhcbMsr::CpuidRegister::put(reg) | GhcbMsr::CpuidValue::put(value);
}

std::uint64_t register_reply(Gpa gpa) {
    return code(GhcbInfo::RegisterGhcbResponse) | (gpa.value() & GhcbMsr::Gfn::mask);
}

std::uint64_t register_refused() { return code(GhcbInfo::RegisterGhcbResponse) | GhcbMsr::Gfn::mask; }

std::uint64_t psc_reply(std::uint32_t error) {
    return code(GhcbInfo::PscResponse) | GhcbMsr::PscError::put(error);
}

std::uint64_t run_vmpl_reply(std::uint32_t error) {
    return code(GhcbInfo::RunVmplResponse) | GhcbMsr::RunVmplError::put(error);
}

std::uint64_t features_reply(std::uint64_t features) {
    return code(GhcbInfo::FeaturesResponse) | GhcbMsr::Features::put(features);
}

std::uint64_t preferred_ghcb_none() { return code(GhcbInfo::PreferredGhcbResponse) | GhcbMsr::Gfn::mask; }

}  // namespace model::ghcb_msr
