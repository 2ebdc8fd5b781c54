// SPDX-License-Identifier: MIT
// Asks the AMD-SP about this very launch, and says on the console what was not right.
#include "svsm/boot/own_report.hpp"

#include <array>
#include <cstring>

#include "svsm/boot/steps/steps.hpp"
#include "svsm/log.hpp"
#include "svsm/psp/report.hpp"

namespace svsm {
namespace {

void log_report(const abi::AttestationReport& report, const abi::adyton::BootBlock& block) {
    std::uint64_t tcb;
    static_assert(sizeof tcb == sizeof report.committed_tcb);
    std::memcpy(&tcb, &report.committed_tcb, sizeof tcb);
    log("own report: policy 0x{:x}, of the image 0x{:x}; committed TCB 0x{:x}", report.policy, block.policy,
        tcb);
}

}  // namespace

BootResult check_own_report(psp::Channel& channel, const abi::adyton::BootBlock& block) {
    if (block.own_report == abi::adyton::OwnReport::Unchecked) return {};
    // The number of its message makes the answer new; there is nothing else to say in it.
    constexpr std::array<std::byte, psp::report_data_bytes> nothing{};
    const TicketGuard turn{channel.turn};
    const auto report = psp::get_report(channel, nothing, psp::Certificates::None);
    if (!report) return std::unexpected{Termination::NoOwnReport};
    const auto result = check_own_report(*report->report, block);
    if (!result) log_report(*report->report, block);
    return result;
}

}  // namespace svsm
