// SPDX-License-Identifier: MIT
// The dump before a verdict, from which a person understands a failed run.
#include <algorithm>

#include "abi/svsm/protocols.hpp"
#include "abi/x86/registers.hpp"
#include "snpemu/log/log.hpp"
#include "snpemu/report/report.hpp"
#include "snpemu/traps/local_cpu.hpp"

namespace snpemu {
namespace {

constexpr std::size_t shown_events = 24;

struct Shown {
    const Vcpu* vcpu;
    const trace::Event* event;
};

void print_history(const Machine& m) {
    static Shown all[max_cpus * 32];
    std::size_t count = 0;
    for (unsigned i = 0; i < m.cpu_count; ++i)
        for (const trace::Event& e : m.vcpus[i]->history)
            if (e.what != nullptr) all[count++] = {m.vcpus[i], &e};
    std::sort(all, all + count, [](const Shown& a, const Shown& b) { return a.event->time < b.event->time; });
    for (std::size_t i = count > shown_events ? count - shown_events : 0; i < count; ++i)
        print("~ cpu={} vmpl={} {} 0x{:x} 0x{:x}", all[i].vcpu->id, all[i].event->vmpl, all[i].event->what,
              all[i].event->a, all[i].event->b);
}

/// Why the vCPU does or does not run, as one word.
std::string_view state_of(const Vcpu& v) {
    const VmplSlot& slot = v.slots[static_cast<unsigned>(v.current)];
    if (!slot.present) return "idle";
    if (slot.halted && v.current == abi::Vmpl::Vmpl0 && !v.has_guest()) return "unstarted";
    if (slot.halted) return slot.held ? "held" : "halted";
    if (slot.awaits_interrupt) return "rests";
    // The machine stops, and this CPU neither left its guest nor came to rest in time.
    const bool is_busy = v.vmcb != nullptr && !v.parked && &v != find_local_cpu();
    return is_busy ? "busy" : "running";
}

/// The name of the newest call, or its number where no protocol has it.
void print_last_call(std::span<char> to, const Vcpu& v) {
    if (v.svsm_calls == 0)
        (void)base::format_to(to, "none");
    else if (const auto call = abi::find_call(v.last_call))
        (void)base::format_to(to, "{}", abi::svsm_calls[*call].name);
    else
        (void)base::format_to(to, "0x{:x}", v.last_call);
}

/// Two lines for each vCPU: where it is, and what it did. While VMPL0 answers a call the registers are those
/// of VMPL0; the caller's RIP is in its save area.
void print_states(const Machine& m) {
    for (unsigned i = 0; i < m.cpu_count; ++i) {
        const Vcpu& v = *m.vcpus[i];
        const abi::VmcbSave none{}, &save = v.vmcb != nullptr ? v.vmcb->save : none;
        char call[32] = "";
        print_last_call(call, v);
        const char* const interrupts = (save.rflags & abi::Rflags::interrupt) != 0 ? "on" : "off";
        print("? cpu={} vmpl={} state={} rip=0x{:x} rsp=0x{:x} cr3=0x{:x} interrupts={} calls={} last={}",
              v.id, v.current, state_of(v), save.rip, save.rsp, save.cr3, interrupts, v.svsm_calls,
              std::string_view{call});
    }
}

void print_counters(const Machine& m) {
    std::uint64_t calls = 0, switches = 0, faults = 0, exits = 0, injected = 0, refused = 0;
    std::array<CallCost, abi::svsm_call_count> costs{};
    for (unsigned i = 0; i < m.cpu_count; ++i) {
        const Vcpu& v = *m.vcpus[i];
        calls += v.svsm_calls;
        switches += v.world_switches;
        faults += v.nested_faults;
        exits += v.native_exits;
        injected += v.injected;
        refused += v.refused_injections;
        for (std::size_t c = 0; c < costs.size(); ++c) {
            costs[c].calls += v.costs[c].calls;
            costs[c].total += v.costs[c].total;
            costs[c].least = std::min(costs[c].least, v.costs[c].least);
        }
    }
    print("= svsm_calls {}", calls);
    print("= world_switches {}", switches);
    print("= nested_faults {}", faults);
    print("= native_exits {}", exits);
    print("= start_{} {}", m.counts_instructions ? "instructions" : "ticks", m.start_ticks);
    if (injected != 0) print("= injected {}", injected);
    if (refused != 0) print("= refused_injections {}", refused);
    if (m.refused_dma != 0) print("= refused_dma {}", m.refused_dma);
    if (m.firmware_item != Machine::no_firmware_item) print("= firmware_item {}", m.firmware_item.load());
    for (std::size_t c = 0; c < costs.size(); ++c) {
        if (costs[c].calls == 0) continue;
        const auto name = abi::svsm_calls[c].name;
        print("= calls_{} {}", name, costs[c].calls);
        if (!m.counts_instructions) continue;
        print("= vmpl0_{}_instructions {}", name, costs[c].least);
        print("= vmpl0_{}_instructions_total {}", name, costs[c].total);
    }
}

}  // namespace

void dump(const Machine& machine) {
    print_history(machine);
    print_states(machine);
    print_counters(machine);
}

}  // namespace snpemu
