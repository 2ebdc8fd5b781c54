// SPDX-License-Identifier: MIT
// The host of the simulated machine carries out what model/host decides. It offers four events, knows one vCPU, and
// has no policy.
#include "machine/sim/host.hpp"

#include "base/result.hpp"
#include "model/host/ap_creation.hpp"
#include "model/host/events.hpp"
#include "model/host/msr_answers.hpp"
#include "model/host/page_state.hpp"
#include "model/host/run_vmpl.hpp"

namespace sim {
namespace {

namespace host = model::host;
using abi::NaeError, abi::NaeEvent;

/// Stricter than KVM, so that a page without the version is noticed.
constexpr host::PageVersions version_2{abi::ghcb_version, abi::ghcb_version};

host::HostFacts facts() {
    abi::adyton::HostProperties properties;
    properties.add(abi::adyton::HostProperty::NoApicIdList);
    return {.c_bit = Machine::c_bit, .features = host::announced_features(properties)};
}

bool change(Machine& machine, const host::PageChange& asked) {
    return machine.change_page_state(asked.page, asked.size, asked.operation);
}

bool run(Machine& machine, std::uint64_t vmpl) {
    // Each level has a save area here: the test decides what a run does.
    if (!host::plan_run(vmpl, {.current = abi::Vmpl::Vmpl0, .has_save_area = {true, true, true, true}}))
        return false;
    if (machine.on_run_vmpl) machine.on_run_vmpl(static_cast<unsigned>(vmpl));
    return true;
}

/// INFO2 of a page state change. A test may make the host stop early; it wants to be asked again then.
std::uint64_t change_page_states(Machine& machine, abi::Ghcb& ghcb) {
    abi::PscBuffer list;
    std::memcpy(&list, ghcb.shared_buffer, sizeof list);
    host::PscWalk walk{list};
    for (unsigned done = 0; done < machine.psc_entries_per_exit; ++done) {
        const auto asked = walk.next();
        if (!asked) break;
        if (!change(machine, *asked)) {
            walk.refuse();
            break;
        }
        walk.made();
    }
    std::memcpy(ghcb.shared_buffer, &list, sizeof list);
    return walk.info_2();
}

/// Notes the request, for a test to read. The simulated machine has no APIC ids, and accepts any features.
std::expected<void, host::ApRefusal> create_ap(Machine& machine, const host::GhcbRequest& request) {
    const auto asked = TRY(host::read_ap_creation(request));
    const host::ApScene scene{.caller = abi::Vmpl::Vmpl0, .is_known = true};
    TRY_VOID(host::check_target(asked, scene));
    const host::SaveAreaRules rules{.is_ram = machine.shown(asked.vmsa).has_value(), .offered = ~0ull};
    if (host::plan_ap_creation(asked, scene) != host::ApAction::Destroy)
        TRY_VOID(host::check_save_area(asked, rules));
    machine.ap_creations.push_back({request.info_1, request.info_2, request.rax});
    return {};
}

struct Event {
    Machine& machine;
    abi::Ghcb& ghcb;
    Gpa gpa;
    const host::GhcbRequest& request;
};

void on_page_state_change(const Event& e) {
    const auto begin = host::read_page_list(e.request, e.gpa);
    if (!begin) return host::reply_malformed(e.ghcb, begin.error());
    // Others may begin later; no software on this machine does.
    if (*begin != 0) return host::reply_malformed(e.ghcb, abi::NaeError::InvalidScratch);
    host::reply_ok(e.ghcb, change_page_states(e.machine, e.ghcb));
}

void on_ap_creation(const Event& e) {
    if (create_ap(e.machine, e.request)) return host::reply_ok(e.ghcb);
    host::reply_malformed(e.ghcb, NaeError::InvalidInput);
}

void on_run_vmpl(const Event& e) {
    if (run(e.machine, host::read_run_vmpl(e.request))) return host::reply_ok(e.ghcb);
    host::reply_malformed(e.ghcb, NaeError::InvalidInput);
}

/// The test decides what the AMD-SP does, and what the host makes of it.
void on_guest_request(const Event& e) {
    if (!e.machine.on_guest_request) return host::reply_malformed(e.ghcb, NaeError::InvalidEvent);
    const auto asked = host::read_message(e.request);
    if (!asked) return host::reply_malformed(e.ghcb, asked.error());
    Machine::GuestRequest request{asked->message, asked->answer};
    if (e.request.event == NaeEvent::ExtendedGuestRequest) {
        const auto room = host::read_certificate_room(e.request);
        if (!room) return host::reply_malformed(e.ghcb, room.error());
        request.certificates = *room;
    }
    const auto answer = e.machine.on_guest_request(request);
    host::reply_ok(e.ghcb, answer.info_2);
    e.ghcb.rbx = answer.rbx;
}

}  // namespace

std::uint64_t answer_msr(Machine& machine, std::uint64_t value) {
    namespace msr = model::ghcb_msr;
    const msr::Request request = msr::decode(value);
    if (const auto fact = host::answer_facts(request, facts())) return *fact;
    if (const auto* ghcb = std::get_if<msr::RegisterGhcb>(&request))
        return host::answer_registration(ghcb->gpa, true);
    if (const auto* asked = std::get_if<msr::PageStateChange>(&request)) {
        const auto read = host::read_change(*asked);
        return host::answer_change(read && change(machine, *read));
    }
    if (const auto* end = std::get_if<msr::Terminate>(&request))
        throw Terminated{abi::adyton::Termination{end->code}};
    if (const auto* asked = std::get_if<msr::RunVmpl>(&request))
        return host::answer_run_vmpl(run(machine, asked->vmpl));
    return value;
}

void answer_event(Machine& machine, abi::Ghcb& ghcb, Gpa ghcb_gpa) {
    const auto request = host::take_request(ghcb, version_2);
    if (!request) return host::reply_malformed(ghcb, request.error());
    const Event event{machine, ghcb, ghcb_gpa, *request};
    switch (request->event) {
        case NaeEvent::PageStateChange: return on_page_state_change(event);
        case NaeEvent::ApCreation: return on_ap_creation(event);
        case NaeEvent::RunVmpl: return on_run_vmpl(event);
        case NaeEvent::GuestRequest:
        case NaeEvent::ExtendedGuestRequest: return on_guest_request(event);
        default: return host::reply_malformed(ghcb, NaeError::InvalidEvent);
    }
}

}  // namespace sim
