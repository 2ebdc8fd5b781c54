// SPDX-License-Identifier: MIT
// Nested page faults: the place where every first access of a guest meets the RMP.
#include "abi/x86/paging.hpp"
#include "abi/x86/registers.hpp"
#include "snpemu/host/conspiracy.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/stop.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

using model::AccessKind;
using model::Encryption;

/// Pages shown at once around a faulting one: a fault costs as much as a hundred entries.
constexpr std::uint64_t fault_around_bytes = NoiseDebt::granule_bytes;

AccessKind kind_of(const Vcpu& vcpu, std::uint64_t info) {
    if (abi::NpfInfo::TableWalk::test(info)) return AccessKind::Read;
    if (abi::NpfInfo::Write::test(info)) return AccessKind::Write;
    if (!abi::NpfInfo::Fetch::test(info)) return AccessKind::Read;
    return vcpu.vmcb->save.cpl == 3 ? AccessKind::ExecuteUser : AccessKind::ExecuteSupervisor;
}

/// Rights with which a page may be shown to `vmpl`, or none. Only what needs no further check is shown.
std::uint8_t visible_rights(const Machine& machine, Gpa page, Encryption alias, abi::Vmpl vmpl) {
    if (!machine.ram.contains(page)) return abi::Permission::none;
    if (!machine.rmp.check_access(page, AccessKind::Read, alias, vmpl)) return abi::Permission::none;
    if (alias == Encryption::Shared) return abi::Permission::all;
    // Weaker than silicon: a VMSA page that VMPL0 could write before it started to run stays visible while it
    // runs. Such a write is lost at the exit instead of refused; RMPADJUST does see that the page is in use.
    return machine.rmp.entry(page).permissions[static_cast<unsigned>(vmpl)];
}

void show_neighbourhood(Machine& machine, Gpa at, Encryption alias, abi::Vmpl vmpl, Paging paging) {
    NestedTable& table = machine.nested[static_cast<unsigned>(vmpl)].of(paging);
    const Gpa begin{round_down(at.value(), fault_around_bytes)};
    for (std::uint64_t i = 0; i < fault_around_bytes; i += page_bytes) {
        if (machine.stale.has(begin + i) && begin + i != at.page()) continue;
        const std::uint8_t rights = visible_rights(machine, begin + i, alias, vmpl);
        if (rights == abi::Permission::none) continue;
        const Spa system = *machine.rmp.map().find(begin + i);
        machine.ram.settle(system);
        table.map(begin + i, system, alias, rights);
    }
}

/// The fault may have struck while something was being delivered: deliver it again. Software interrupts are
/// not, their instruction is simply executed again. Interrupts go through our own writer: QEMU calls them
/// exceptions here, and injecting one as an interrupt may deliver it twice.
Step redeliver(Machine& machine, Vcpu& vcpu) {
    const std::uint64_t interrupted = vcpu.vmcb->control.exit_int_info;
    if (!abi::Event::Valid::test(interrupted) || abi::Event::Type::get(interrupted) == 4)
        return Step::Continue;
    constexpr std::uint64_t first_external = 32;
    const std::uint64_t vector = abi::Event::Vector::get(interrupted);
    if (vector >= first_external || abi::Event::Type::get(interrupted) == 0)
        return deliver_interrupt(machine, vcpu, static_cast<std::uint8_t>(vector));
    vcpu.vmcb->control.event_inj = interrupted;
    return Step::Continue;
}

}  // namespace

void convert_touched(Machine& machine, Vcpu& vcpu, Gpa page, Encryption alias) {
    if (!machine.ram.contains(page, page_bytes)) return;
    const bool wants_private = alias == Encryption::Private;
    bool is_private = false;
    {
        const LockGuard guard{machine.rmp_lock};
        is_private = machine.rmp.entry(page).assigned;
    }
    if (is_private != wants_private)
        (void)change_page_state(machine, vcpu, page, PageSize::Size4K,
                                wants_private ? abi::PscOperation::Private : abi::PscOperation::Shared);
}

void stop_in_hole(const Vcpu& vcpu, Gpa at) {
    stop("kind=fault cpu={} vmpl={} rip=0x{:x} gpa=0x{:x} what=the-host-has-no-private-memory-there", vcpu.id,
         vcpu.current, vcpu.vmcb->save.rip, at);
}

Step on_nested_page_fault(Machine& machine, Vcpu& vcpu) {
    ++vcpu.nested_faults;
    const std::uint64_t info = vcpu.vmcb->control.exit_info_1;
    const std::uint64_t address = vcpu.vmcb->control.exit_info_2;
    trace::note(
        vcpu, trace::Kind::NestedFault,
        {.value = static_cast<std::uint32_t>(info), .a = address, .b = vcpu.vmcb->save.rip, .c = info});
    const std::uint64_t c_mask = std::uint64_t{1} << machine.c_bit;
    const Gpa at{address & ~c_mask};
    abi::VmcbSave& save = vcpu.vmcb->save;

    // SNP CPUs read page tables privately whether CR3 carries the C-bit or not; plain AMD-V takes CR3
    // literally.
    if (abi::NpfInfo::TableWalk::test(info) && (address & c_mask) == 0 && (save.cr3 & c_mask) == 0 &&
        at.page() == Gpa{save.cr3 & abi::Pte::address_mask}) {
        save.cr3 |= c_mask;
        return redeliver(machine, vcpu);
    }

    // A guest that switches paging on or off goes on with the nested table of before until its next exit. Its
    // first fetch is one: the two tables never show the same address.
    const Paging paging = paging_of(vcpu);
    if (vcpu.vmcb->control.nested_cr3 !=
        machine.nested[static_cast<unsigned>(vcpu.current)].of(paging).root())
        return redeliver(machine, vcpu);

    // Without paging every access is private; the walk of the nested tables then shows the plain address.
    const Encryption alias =
        (address & c_mask) != 0 || paging == Paging::Off ? Encryption::Private : Encryption::Shared;

    if (machine.adversary == Adversary::ImplicitConversion) convert_touched(machine, vcpu, at.page(), alias);
    if (const auto trick = play_before(machine, vcpu, at, Moment::Touches)) return *trick;

    const AccessKind kind = kind_of(vcpu, info);
    std::expected<void, model::RmpFault> allowed;
    bool is_fatal = false, is_stale_read = false;
    const auto show = [&] {
        const LockGuard guard{machine.rmp_lock};
        show_neighbourhood(machine, at, alias, vcpu.current, paging);
    };
    {
        const LockGuard guard{machine.rmp_lock};
        is_fatal = alias == Encryption::Private && machine.is_fatal_hole(at);
        allowed = machine.memory().check(at, kind, alias, vcpu.current);
        is_stale_read = allowed && alias == Encryption::Private && kind == AccessKind::Read &&
                        !abi::NpfInfo::TableWalk::test(info) && machine.stale.has(at) &&
                        !abi::Event::Valid::test(vcpu.vmcb->control.exit_int_info);
        if (allowed && !is_stale_read) show_neighbourhood(machine, at, alias, vcpu.current, paging);
    }
    if (is_fatal) stop_in_hole(vcpu, at);
    if (!allowed) return raise_rmp_fault(machine, vcpu, at, allowed.error());
    if (is_stale_read && !emulate_stale_read(machine, vcpu, at)) show();
    return redeliver(machine, vcpu);
}

}  // namespace snpemu
