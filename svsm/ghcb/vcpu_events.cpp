// SPDX-License-Identifier: MIT
#include "svsm/ghcb/vcpu_events.hpp"

#include "svsm/ghcb/exchange.hpp"

namespace svsm::ghcb {

bool ap_create(const ApCreation& creation) {
    using Info = abi::ApCreationInfo;
    const auto info = Info::Request::put(static_cast<std::uint64_t>(creation.request)) |
                      Info::Vmpl::put(static_cast<std::uint64_t>(creation.vmpl)) |
                      Info::ApicId::put(creation.apic_id);
    return exchange({.code = abi::NaeEvent::ApCreation,
                     .info_1 = info,
                     .info_2 = creation.vmsa.value(),
                     .rax = creation.sev_features})
        .accepted();
}

bool run_vmpl_by_event(abi::Vmpl vmpl) {
    return exchange({.code = abi::NaeEvent::RunVmpl, .info_1 = static_cast<std::uint64_t>(vmpl)}).accepted();
}

bool list_apic_ids(Gpa page) {
    constexpr std::uint64_t pages = 1;  // room for ten times the vCPUs that we serve
    return exchange({.code = abi::NaeEvent::GetApicIds, .info_1 = page.value(), .rax = pages}).accepted();
}

}  // namespace svsm::ghcb
