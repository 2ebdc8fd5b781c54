// SPDX-License-Identifier: MIT
// Nested page faults: here every first access of a guest meets the RMP.
#include "abi/x86/paging.hpp"
#include "abi/x86/registers.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/silicon/hypervisor.hpp"
#include "snpemu/silicon/map_ahead.hpp"
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

/// One access that the nested stage refused.
struct Touch {
    Gpa at;
    AccessKind kind;
    Encryption encryption;  ///< of the access
    Encryption alias;       ///< of the address: walks and fetches are private without the C-bit too
    bool is_walk;
    Paging paging;
};

Touch touch_of(const Memory& memory, const Cpu& cpu) {
    using abi::NpfInfo;
    const std::uint64_t info = cpu.vmcb->control.exit_info_1, address = cpu.vmcb->control.exit_info_2;
    const std::uint64_t c_mask = std::uint64_t{1} << memory.c_bit;
    const Paging paging = paging_of(cpu);
    const bool is_walk = NpfInfo::TableWalk::test(info), is_fetch = !is_walk && NpfInfo::Fetch::test(info);
    // Without a C-bit in the tables every access is private; the walk of the nested tables meets the plain address.
    const Encryption alias =
        (address & c_mask) != 0 || paging == Paging::Off ? Encryption::Private : Encryption::Shared;
    return {Gpa{address & ~c_mask},
            kind_of(cpu, info),
            is_walk || is_fetch ? Encryption::Private : alias,
            alias,
            is_walk,
            paging};
}

/// The page of an access that is allowed. QEMU's CPU writes to every table that it walks, executes with one right for
/// both CPLs and reads whatever it may write or execute, so some pages get a right that the RMP does not give. It stays
/// until the page's state or rights change: taken back at once, two such pages of one instruction would fault in turns.
void map_page(Memory& memory, const Touch& touch, abi::Vmpl vmpl) REQUIRES(memory.rmp_lock) {
    using abi::Permission;
    constexpr std::uint8_t execute = Permission::execute_user | Permission::execute_supervisor;
    NestedTable& table = memory.nested[static_cast<unsigned>(vmpl)].of(touch.paging);
    std::uint8_t rights = table.rights_at(touch.at, touch.alias);
    if (touch.encryption == Encryption::Shared || touch.alias == Encryption::Private)
        rights |= visible_rights(memory, touch.at, touch.encryption, vmpl);
    if (touch.is_walk || touch.kind == AccessKind::Write) rights |= Permission::write;
    if (model::is_fetch(touch.kind)) rights |= execute;
    const Spa system = *memory.rmp.map().find(touch.at.page());
    memory.ram.settle(system);
    table.map(touch.at.page(), system, touch.alias, rights);
}

/// Fault-around: the neighbours too, with the rights that they have.
void map_neighbourhood(Memory& memory, const Touch& touch, abi::Vmpl vmpl) REQUIRES(memory.rmp_lock) {
    map_page(memory, touch, vmpl);
    if (touch.encryption != touch.alias) return;
    // What VMPL0 writes first in 2 MiB it zeroes, from the beginning to the end.
    const bool overwrites = vmpl == abi::Vmpl::Vmpl0 && touch.kind == AccessKind::Write && !touch.is_walk &&
                            touch.at.is_aligned(large_page_bytes);
    if (touch.paging == Paging::On && touch.encryption == Encryption::Private &&
        map_large_page(memory, touch.at, vmpl, overwrites))
        return;
    NestedTable& table = memory.nested[static_cast<unsigned>(vmpl)].of(touch.paging);
    const Gpa begin{round_down(touch.at.value(), fault_around_bytes)};
    for (auto page = begin; page < begin + fault_around_bytes; page = page + page_bytes) {
        if (page == touch.at.page() || memory.stale.has(page)) continue;
        const std::uint8_t rights = visible_rights(memory, page, touch.encryption, vmpl);
        if (rights == abi::Permission::none || table.rights_at(page, touch.alias) != 0) continue;
        const Spa system = *memory.rmp.map().find(page);
        memory.ram.settle(system);
        table.map(page, system, touch.alias, rights);
    }
}

/// The RMP's word. A walk writes, as far as QEMU's CPU goes: a save area that runs is no table.
std::expected<void, model::RmpFault> check(Memory& memory, const Touch& touch, abi::Vmpl vmpl)
    REQUIRES(memory.rmp_lock) {
    auto allowed = memory.through_rmp().check(touch.at, touch.kind, touch.encryption, vmpl);
    if (allowed && touch.is_walk && memory.rmp.entry(touch.at).in_use)
        return std::unexpected{model::RmpFault::InUse};
    return allowed;
}

/// The fault may have struck while something was being delivered: deliver it again. Software interrupts are
/// not, their instruction is simply executed again. Interrupts go through our own writer: QEMU calls them
/// exceptions here, and injecting one as an interrupt may deliver it twice.
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
    const Touch touch = touch_of(memory, cpu);

    // A guest that switches paging on or off goes on with the nested table of before until its next exit. Its
    // first fetch is one: the two tables never show the same address.
    if (cpu.vmcb->control.nested_cr3 != memory.root_for(cpu.current, touch.paging))
        return redeliver(memory, cpu);

    hypervisor::sees_access(memory, cpu, touch.at, touch.encryption);
    if (const auto instead = hypervisor::acts_before(memory, cpu, touch.at, Moment::Touches)) return *instead;

    std::expected<void, model::RmpFault> allowed;
    bool is_stale_read = false;
    const auto map = [&] {
        const LockGuard guard{memory.rmp_lock};
        map_neighbourhood(memory, touch, cpu.current);
    };
    {
        const LockGuard guard{memory.rmp_lock};
        allowed = check(memory, touch, cpu.current);
        is_stale_read = allowed && touch.encryption == Encryption::Private &&
                        touch.kind == AccessKind::Read && !touch.is_walk && memory.stale.has(touch.at) &&
                        !abi::Event::Valid::test(cpu.vmcb->control.exit_int_info);
        if (allowed && !is_stale_read) map_neighbourhood(memory, touch, cpu.current);
    }
    // The host lets the CPU try again until the CPU that runs the save area has left it. Its own it never leaves so.
    const bool is_own = touch.at.page() == cpu.bound->vmsa.gpa.page();
    if (!allowed && allowed.error() == model::RmpFault::InUse && !is_own) {
        cpu::pause();
        return redeliver(memory, cpu);
    }
    if (!allowed) {
        if (hypervisor::mends(memory, cpu, {touch.at, allowed.error(), touch.encryption, touch.kind}))
            return redeliver(memory, cpu);
        return raise_rmp_fault(memory, cpu, touch.at, allowed.error());
    }
    if (is_stale_read && !emulate_stale_read(memory, cpu, touch.at)) map();
    return redeliver(memory, cpu);
}

}  // namespace snpemu::silicon
