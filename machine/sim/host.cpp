// SPDX-License-Identifier: MIT
#include "machine/sim/host.hpp"

#include <algorithm>

#include "model/ghcb_msr.hpp"

namespace sim {
namespace {

using abi::NaeError, abi::NaeEvent, abi::NaeResult, abi::PscOperation;

constexpr std::uint16_t min_version = 1, max_version = 2;
constexpr std::uint64_t features =
    abi::HypervisorFeature::snp | abi::HypervisorFeature::ap_creation | abi::HypervisorFeature::multi_vmpl;

bool is_valid(const abi::Ghcb& ghcb, unsigned bit) {
    return (ghcb.valid_bitmap[bit / 64] >> bit % 64 & 1) != 0;
}

void reply(abi::Ghcb& ghcb, NaeResult result, std::uint64_t info_2 = 0) {
    ghcb.sw_exit_info_1 = static_cast<std::uint64_t>(result);
    ghcb.sw_exit_info_2 = info_2;
}
void refuse(abi::Ghcb& ghcb, NaeError error) {
    reply(ghcb, NaeResult::Malformed, static_cast<std::uint64_t>(error));
}

/// INFO2 of a page state change.
std::uint64_t change_page_states(Machine& machine, abi::Ghcb& ghcb) {
    abi::PscBuffer list;
    std::memcpy(&list, ghcb.shared_buffer, sizeof list);
    if (list.header.end_entry >= abi::psc_max_entries) return abi::PscError::invalid_header;
    unsigned done = 0;
    for (; list.header.cur_entry <= list.header.end_entry && done < machine.psc_entries_per_exit; ++done) {
        const std::uint64_t entry = list.entries[list.header.cur_entry];
        const Gpa page{entry & abi::PscEntry::Gfn::mask};
        const auto size = abi::PscEntry::Is2M::test(entry) ? PageSize::Size2M : PageSize::Size4K;
        if (!machine.change_page_state(page, size, PscOperation(abi::PscEntry::Operation::get(entry))))
            return abi::PscError::invalid_entry;
        ++list.header.cur_entry;
    }
    std::memcpy(ghcb.shared_buffer, &list, sizeof list);
    return 0;
}

}  // namespace

std::uint64_t answer_msr(Machine& machine, std::uint64_t value) {
    using namespace model::ghcb_msr;
    const Request request = decode(value);
    if (std::holds_alternative<SevInfo>(request))
        return sev_info_reply(min_version, max_version, Machine::c_bit);
    if (std::holds_alternative<Features>(request)) return features_reply(features);
    if (const auto* ghcb = std::get_if<RegisterGhcb>(&request)) return register_reply(ghcb->gpa);
    if (const auto* change = std::get_if<PageStateChange>(&request)) {
        const auto operation = PscOperation{change->operation};
        return psc_reply(machine.change_page_state(change->gpa, PageSize::Size4K, operation) ? 0 : 1);
    }
    if (const auto* end = std::get_if<Terminate>(&request))
        throw Terminated{abi::adyton::Termination{end->code}};
    if (const auto* run = std::get_if<RunVmpl>(&request)) {
        if (machine.on_run_vmpl) machine.on_run_vmpl(run->vmpl);
        return run_vmpl_reply(0);
    }
    return value;
}

void answer_event(Machine& machine, abi::Ghcb& ghcb, Gpa ghcb_gpa) {
    const abi::Ghcb seen = ghcb;
    std::ranges::fill(ghcb.valid_bitmap, 0);
    if (seen.usage != 0 || seen.protocol_version != max_version) return refuse(ghcb, NaeError::InvalidUsage);
    for (const unsigned bit : {GHCB_BIT(sw_exit_code), GHCB_BIT(sw_exit_info_1), GHCB_BIT(sw_exit_info_2)})
        if (!is_valid(seen, bit)) return refuse(ghcb, NaeError::MissingInput);
    switch (NaeEvent{seen.sw_exit_code}) {
        case NaeEvent::PageStateChange:
            if (!is_valid(seen, GHCB_BIT(sw_scratch)) ||
                seen.sw_scratch != ghcb_gpa.value() + abi::ghcb_shared_buffer_offset)
                return refuse(ghcb, NaeError::InvalidScratch);
            return reply(ghcb, NaeResult::NoAction, change_page_states(machine, ghcb));
        case NaeEvent::ApCreation:
            if (!is_valid(seen, GHCB_BIT(rax))) return refuse(ghcb, NaeError::MissingInput);
            machine.ap_creations.push_back({seen.sw_exit_info_1, seen.sw_exit_info_2, seen.rax});
            return reply(ghcb, NaeResult::NoAction);
        case NaeEvent::RunVmpl:
            if (machine.on_run_vmpl) machine.on_run_vmpl(static_cast<unsigned>(seen.sw_exit_info_1));
            return reply(ghcb, NaeResult::NoAction);
        default: return refuse(ghcb, NaeError::InvalidEvent);
    }
}

}  // namespace sim
