// SPDX-License-Identifier: MIT
// Nested page faults: here every first access of a guest meets the RMP.
#include "abi/x86/paging.hpp"
#include "abi/x86/registers.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/silicon/hypervisor.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu::silicon {
namespace {

using model::AccessKind;
using model::Encryption;

/// Fault-around: one fault maps all pages of these bytes, since it costs as much as a hundred entries.
constexpr std::uint64_t fault_around_bytes = NoiseDebt::granule_bytes;

AccessKind kind_of(const Cpu& cpu, std::uint64_t info) {
    if (abi::NpfInfo::TableWalk::test(info)) return AccessKind::Read;
    if (abi::NpfInfo::Write::test(info)) return AccessKind::Write;
    if (!abi::NpfInfo::Fetch::test(info)) return AccessKind::Read;
    return cpu.vmcb->save.cpl == 3 ? AccessKind::ExecuteUser : AccessKind::ExecuteSupervisor;
}

/// Rights with which a page may be mapped for `vmpl`, or none: only accesses that need no further check.
std::uint8_t visible_rights(const Memory& memory, Gpa page, Encryption alias, abi::Vmpl vmpl)
    REQUIRES(memory.rmp_lock) {
    if (!memory.ram.contains(page)) return abi::Permission::none;
    if (!memory.rmp.check_access(page, AccessKind::Read, alias, vmpl)) return abi::Permission::none;
    if (alias == Encryption::Shared) return abi::Permission::all;
    // Weaker than silicon: a VMSA page that VMPL0 could write stays mapped while the VMSA runs. Such a write
    // is lost at the exit instead of refused; RMPADJUST does see that the page is in use.
    return memory.rmp.entry(page).permissions[static_cast<unsigned>(vmpl)];
}

void show_neighbourhood(Memory& memory, Gpa at, Encryption alias, abi::Vmpl vmpl, Paging paging)
    REQUIRES(memory.rmp_lock) {
    NestedTable& table = memory.nested[static_cast<unsigned>(vmpl)].of(paging);
    const Gpa begin{round_down(at.value(), fault_around_bytes)};
    for (std::uint64_t i = 0; i < fault_around_bytes; i += page_bytes) {
        if (memory.stale.has(begin + i) && begin + i != at.page()) continue;
        const std::uint8_t rights = visible_rights(memory, begin + i, alias, vmpl);
        if (rights == abi::Permission::none) continue;
        const Spa system = *memory.rmp.map().find(begin + i);
        memory.ram.settle(system);
        table.map(begin + i, system, alias, rights);
    }
}

/// The fault may have interrupted the delivery of an event: delivers that event again. The CPU executes the
/// instruction of a software interrupt again instead. Interrupts go through this machine's own frame writer:
/// QEMU reports them as exceptions here, and injecting one as an interrupt may deliver it twice.
ExitReason redeliver(Memory& memory, Cpu& cpu) {
    const std::uint64_t interrupted = cpu.vmcb->control.exit_int_info;
    if (!abi::Event::Valid::test(interrupted) || abi::Event::Type::get(interrupted) == 4)
        return ExitReason::None;
    constexpr std::uint64_t first_external = 32;
    const std::uint64_t vector = abi::Event::Vector::get(interrupted);
    if (vector >= first_external || abi::Event::Type::get(interrupted) == 0)
        return deliver_interrupt(memory, cpu, static_cast<std::uint8_t>(vector));
    cpu.vmcb->control.event_inj = interrupted;
    return ExitReason::None;
}

}  // namespace

ExitReason on_nested_page_fault(Memory& memory, Cpu& cpu) {
    ++cpu.nested_faults;
    const std::uint64_t info = cpu.vmcb->control.exit_info_1;
    const std::uint64_t address = cpu.vmcb->control.exit_info_2;
    trace::note(
        cpu, trace::Kind::NestedFault,
        {.value = static_cast<std::uint32_t>(info), .a = address, .b = cpu.vmcb->save.rip, .c = info});
    const std::uint64_t c_mask = std::uint64_t{1} << memory.c_bit;
    const Gpa at{address & ~c_mask};
    abi::VmcbSave& save = cpu.vmcb->save;

    // SNP CPUs read page tables privately whether CR3 carries the C-bit or not; plain AMD-V takes CR3
    // literally, as an address.
    if (abi::NpfInfo::TableWalk::test(info) && (address & c_mask) == 0 && (save.cr3 & c_mask) == 0 &&
        at.page() == Gpa{save.cr3 & abi::Pte::address_mask}) {
        save.cr3 |= c_mask;
        return redeliver(memory, cpu);
    }

    // A guest that switches paging on or off keeps the old nested table until its next exit, which its first
    // fetch causes: the two tables never map the same address.
    const Paging paging = paging_of(cpu);
    if (cpu.vmcb->control.nested_cr3 != memory.root_for(cpu.current, paging)) return redeliver(memory, cpu);

    // Without paging every access is private, and the walk of the nested tables has the plain address.
    const Encryption alias =
        (address & c_mask) != 0 || paging == Paging::Off ? Encryption::Private : Encryption::Shared;

    hypervisor::sees_access(memory, cpu, at, alias);
    if (const auto instead = hypervisor::acts_before(memory, cpu, at, Moment::Touches)) return *instead;

    const AccessKind kind = kind_of(cpu, info);
    std::expected<void, model::RmpFault> allowed;
    bool is_stale_read = false;
    const auto show = [&] {
        const LockGuard guard{memory.rmp_lock};
        show_neighbourhood(memory, at, alias, cpu.current, paging);
    };
    {
        const LockGuard guard{memory.rmp_lock};
        allowed = memory.through_rmp().check(at, kind, alias, cpu.current);
        is_stale_read = allowed && alias == Encryption::Private && kind == AccessKind::Read &&
                        !abi::NpfInfo::TableWalk::test(info) && memory.stale.has(at) &&
                        !abi::Event::Valid::test(cpu.vmcb->control.exit_int_info);
        if (allowed && !is_stale_read) show_neighbourhood(memory, at, alias, cpu.current, paging);
    }
    if (!allowed) return raise_rmp_fault(memory, cpu, at, allowed.error());
    if (is_stale_read && !emulate_stale_read(memory, cpu, at)) show();
    return redeliver(memory, cpu);
}

}  // namespace snpemu::silicon
