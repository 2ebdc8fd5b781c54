// SPDX-License-Identifier: MIT
// Verdict and dump. adyton(1) reads these lines; docs/machine.md lists them.
#include "snpemu/host/stop.hpp"

#include <algorithm>
#include <atomic>

#include "abi/x86/vtd.hpp"
#include "snpemu/cpu/apic.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/silicon/iommu.hpp"
#include "snpemu/silicon/silicon.hpp"

namespace snpemu {
namespace {

constexpr std::uint16_t debug_console = 0xe9, exit_port = 0xf4;
constexpr std::uint64_t freeze_ticks = 200'000'000;
constexpr std::size_t shown_events = 24;

constinit Spinlock log_lock;
constinit std::atomic<bool> stopping{false};
constinit Machine* machine_to_dump = nullptr;

template <class... Args>
void print(base::FormatString<std::type_identity_t<Args>...> format, const Args&... args) {
    char text[256];
    write_line(base::format_to<Args...>(std::span{text}, format, args...));
}

/// The vCPU that this CPU carries; null for CPU 0, and for a CPU that has not come so far.
Vcpu* this_vcpu() {
    Vcpu* self = nullptr;
    asm volatile("mov %%gs:0, %0" : "=r"(self));
    if (machine_to_dump == nullptr) return nullptr;
    const auto& all = machine_to_dump->vcpus;
    return std::find(all.begin(), all.end(), self) == all.end() ? nullptr : self;
}

/// Brings the other CPUs to rest, so that registers, history, counters and trace stand still and agree.
/// Bounded: a CPU that does not answer - it may wait for a lock that we hold - must not keep us from saying
/// why we stop.
void freeze(Machine& m) {
    for (unsigned i = 0; i < m.cpu_count; ++i) kick(*m.vcpus[i]);
    const std::uint64_t begin = cpu::timestamp();
    const Vcpu* const self = this_vcpu();
    for (unsigned i = 0; i < m.cpu_count; ++i)
        while (m.vcpus[i] != self && !m.vcpus[i]->parked && cpu::timestamp() - begin < freeze_ticks)
            cpu::pause();
}

struct Shown {
    const Vcpu* vcpu;
    const TraceEvent* event;
};

void print_history(const Machine& m) {
    static Shown all[max_cpus * 32];
    std::size_t count = 0;
    for (unsigned i = 0; i < m.cpu_count; ++i)
        for (const TraceEvent& e : m.vcpus[i]->history)
            if (e.what != nullptr) all[count++] = {m.vcpus[i], &e};
    std::sort(all, all + count, [](const Shown& a, const Shown& b) { return a.event->time < b.event->time; });
    for (std::size_t i = count > shown_events ? count - shown_events : 0; i < count; ++i)
        print("~ cpu={} vmpl={} {} 0x{:x} 0x{:x}", all[i].vcpu->id, all[i].event->vmpl, all[i].event->what,
              all[i].event->a, all[i].event->b);
}

constexpr std::string_view call_names[8] = {"remap_ca",       "pvalidate",     "create_vcpu",
                                            "delete_vcpu",    "deposit_mem",   "withdraw_mem",
                                            "query_protocol", "configure_vtom"};

/// Why the vCPU does or does not run, as one word.
std::string_view state_of(const Vcpu& v) {
    const VmplSlot& slot = v.slots[static_cast<unsigned>(v.current)];
    const bool has_guest = std::any_of(v.slots.begin() + 1, v.slots.end(), [](auto& s) { return s.present; });
    if (!slot.present) return "idle";
    if (slot.halted && v.current == abi::Vmpl::Vmpl0 && !has_guest) return "unstarted";
    if (slot.halted) return slot.held ? "held" : "halted";
    return slot.awaits_interrupt ? "rests" : "running";
}

/// The newest call of the core protocol; other numbers as they are.
void print_last_call(std::span<char> to, const Vcpu& v) {
    if (v.svsm_calls == 0)
        (void)base::format_to(to, "none");
    else if (v.last_call < std::size(call_names))
        (void)base::format_to(to, "{}", call_names[v.last_call]);
    else
        (void)base::format_to(to, "0x{:x}", v.last_call);
}

/// Two lines for each: where it is, and what it did. While a call is answered the registers are VMPL0's, and
/// the caller's place is in its save area.
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
    std::array<CallCost, 8> costs{};
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
    if (injected != 0) print("= injected {}", injected);
    if (refused != 0) print("= refused_injections {}", refused);
    if (m.refused_dma != 0) print("= refused_dma {}", m.refused_dma);
    for (std::size_t c = 0; c < costs.size(); ++c) {
        if (costs[c].calls == 0) continue;
        print("= calls_{} {}", call_names[c], costs[c].calls);
        if (!m.counts_instructions) continue;
        print("= vmpl0_{}_instructions {}", call_names[c], costs[c].least);
        print("= vmpl0_{}_instructions_total {}", call_names[c], costs[c].total);
    }
}

}  // namespace

void write_line(std::string_view line) {
    const LockGuard guard{log_lock};
    for (const char c : line) cpu::out8(debug_console, static_cast<std::uint8_t>(c));
    cpu::out8(debug_console, '\n');
}

void record(Machine& machine, Vcpu& vcpu, const char* what, std::uint64_t a, std::uint64_t b) {
    vcpu.history[vcpu.history_next++ % vcpu.history.size()] = {cpu::timestamp(), what,
                                                               static_cast<unsigned>(vcpu.current), a, b};
    if (machine.trace) log("cpu={} vmpl={} {} 0x{:x} 0x{:x}", vcpu.id, vcpu.current, what, a, b);
}

void report_refused_dma(Machine& machine) {
    const auto refusal = iommu::take_refusal();
    if (!refusal) return;
    // A driver that goes wrong does so a thousand times; the first ones tell all.
    constexpr std::uint64_t most_told = 8;
    if (++machine.refused_dma > most_told) return;
    using abi::vtd::SourceId;
    // Read without the lock, which the one who stops the machine may hold: a word for people.
    const char* const why = !machine.ram.contains(refusal->page) || !machine.rmp.contains(refusal->page)
                                ? "no-memory"
                            : machine.rmp.entry(refusal->page).assigned ? "private"
                                                                        : "was-private";
    print("* kind=dma bus={} device={} function={} access={} gpa=0x{:x} why={}",
          SourceId::Bus::get(refusal->source), SourceId::Device::get(refusal->source),
          SourceId::Function::get(refusal->source), refusal->was_write ? "write" : "read", refusal->page,
          why);
}

void set_machine(Machine& machine) { machine_to_dump = &machine; }
bool is_stopping() { return stopping; }

void park() {
    if (Vcpu* const self = this_vcpu(); self != nullptr) self->parked = true;
    for (;;) {
        cpu::disable_interrupts();
        asm volatile("hlt");
    }
}

void stop_with(std::string_view verdict) {
    if (stopping.exchange(true)) park();  // somebody else is already at it
    if (machine_to_dump != nullptr) {
        freeze(*machine_to_dump);
        report_refused_dma(*machine_to_dump);
        print_history(*machine_to_dump);
        print_states(*machine_to_dump);
        print_counters(*machine_to_dump);
    }
    print("! {}", verdict);
    cpu::out32(exit_port, 0);
    park();
}

void stop_internal(std::string_view what) { stop("kind=internal what={}", OneWord{what}); }

}  // namespace snpemu
