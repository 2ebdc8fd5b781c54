// SPDX-License-Identifier: MIT
#include "snpemu/host/conspiracy.hpp"

#include <algorithm>

#include "abi/adyton/conspiracy.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/idle.hpp"
#include "snpemu/host/shown_pages.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

using abi::adyton::ConspiracyAsk, abi::adyton::ConspiracyMsr;

void fill_as_svsm_page(Machine& machine, Spa system) {
    machine.ram.settle(system);
    auto* const words = reinterpret_cast<std::uint64_t*>(machine.ram.at(system));
    std::fill_n(words, page_bytes / sizeof *words, abi::adyton::svsm_bytes);
}

/// The second system page, which is mapped nowhere afterwards. Empty when there is none.
std::optional<Spa> take_second(Machine& machine, host::Field which)
    REQUIRES(machine.page_state_lock, machine.rmp_lock) {
    if (which == host::Field::SparePage) return machine.spare.begin;
    if (which != host::Field::SvsmPage) return std::nullopt;
    const auto secrets = machine.rmp.map().find(machine.secrets_page);
    if (!secrets) return std::nullopt;
    hide_page(machine, machine.secrets_page, PageSize::Size4K);
    fill_as_svsm_page(machine, *secrets);
    return secrets;
}

bool begin(Machine& machine, Vcpu& vcpu, Gpa page, host::Field which) {
    Machine::Conspiracy& c = machine.conspiracy;
    {
        const LockGuard one_change{machine.page_state_lock};
        const LockGuard guard{machine.rmp_lock};
        const auto first = machine.rmp.map().find(page);
        if (machine.hooks.has_pair() || !first || !machine.ram.contains(page, page_bytes)) return false;
        const auto second = take_second(machine, which);
        if (!second || machine.rmp.bind(*second, page) != abi::RmpResult::Success) return false;
        c.page = page;
        c.first = *first;
        c.second = *second;
    }
    invalidate_remote(machine, vcpu);
    machine.hooks.set_pair(page);
    return true;
}

/// Judges the page before the host runs it: a real host would try VMRUN, see it fail, and go on.
bool run(Machine& machine, Vcpu& vcpu) {
    VmsaPlace place;
    {
        const LockGuard guard{machine.rmp_lock};
        place = vmsa_in(machine, machine.conspiracy.page, machine.conspiracy.first);
        if (machine.cpu_count < 2 ||
            !model::check_vmrun(*place.entry, *place.page, abi::Vmpl::Vmpl0, machine.processor))
            return false;
    }
    post(machine, vcpu, *machine.vcpus[1], {.run_now = true, .vmpl = abi::Vmpl::Vmpl0, .vmsa = place});
    return true;
}

bool carry_out(Machine& machine, Vcpu& vcpu, ConspiracyAsk ask, Gpa page) {
    Machine::Conspiracy& c = machine.conspiracy;
    if (c.second == Spa{} || page != c.page) return false;
    switch (ask) {
        case ConspiracyAsk::ShowFirst: show_of_pair(machine, vcpu, c.first); return true;
        case ConspiracyAsk::ShowSecond: show_of_pair(machine, vcpu, c.second); return true;
        case ConspiracyAsk::Run: return run(machine, vcpu);
        case ConspiracyAsk::End: machine.hooks.end_pair(); return true;
        default: return false;
    }
}

}  // namespace

void show_of_pair(Machine& machine, Vcpu& vcpu, Spa system) {
    {
        const LockGuard one_change{machine.page_state_lock};
        const LockGuard guard{machine.rmp_lock};
        show_page(machine, machine.conspiracy.page, system);
    }
    invalidate_remote(machine, vcpu);
    trace::record(vcpu, "shows gpa,spa", machine.conspiracy.page.value(), system.value());
}

std::uint64_t answer_accomplice(Machine& machine, Vcpu& vcpu, std::uint64_t msr) {
    const Gpa page{msr & ConspiracyMsr::Page::mask};
    const host::Due lies = lies_at(machine, vcpu, host::Moment::AsksAccomplice, page);
    const auto* const obeys = lies.find(host::Act::Obey);
    if (obeys == nullptr) return msr;
    const auto ask = static_cast<ConspiracyAsk>(ConspiracyMsr::Ask::get(msr));
    const bool done = ask == ConspiracyAsk::Begin ? begin(machine, vcpu, page, obeys->field)
                                                  : carry_out(machine, vcpu, ask, page);
    return ConspiracyMsr::make(done ? ConspiracyAsk::Done : ConspiracyAsk::Refused, page);
}

}  // namespace snpemu
