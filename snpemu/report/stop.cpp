// SPDX-License-Identifier: MIT
// The end of the run: stops the other CPUs, prints the dump and the verdict. adyton(1) reads these lines.
#include "snpemu/log/stop.hpp"

#include <algorithm>
#include <atomic>

#include "snpemu/cpu/cpu.hpp"
#include "snpemu/log/log.hpp"
#include "snpemu/report/report.hpp"
#include "snpemu/traps/local_cpu.hpp"

namespace snpemu {
namespace {

constexpr std::uint16_t exit_port = 0xf4;
/// Half a second and more: a CPU of QEMU that is not scheduled must not look like one that hangs.
constexpr std::uint64_t freeze_ticks = 2'000'000'000;

constinit std::atomic<bool> stopping{false};
constinit Machine* machine_to_dump = nullptr;  // tools/gdb/adyton.py knows this name

/// The vCPU that this CPU carries; null for CPU 0, and for a CPU that is not yet initialised.
LocalCpu* this_vcpu() {
    LocalCpu* const self = find_local_cpu();
    if (machine_to_dump == nullptr) return nullptr;
    const auto& all = machine_to_dump->vcpus;
    return std::ranges::any_of(all, [self](const Vcpu* vcpu) { return vcpu == self; }) ? self : nullptr;
}

/// Stops the other CPUs, so that registers, history, counters and trace no longer change and agree.
/// Bounded: a CPU that does not answer may wait for a lock that this CPU holds, and this CPU must still
/// report why it stops.
void freeze(Machine& m) {
    for (unsigned i = 0; i < m.cpu_count; ++i) kick(*m.vcpus[i]);
    const std::uint64_t begin = cpu::timestamp();
    const LocalCpu* const self = this_vcpu();
    for (unsigned i = 0; i < m.cpu_count; ++i)
        while (m.vcpus[i] != self && !m.vcpus[i]->parked && cpu::timestamp() - begin < freeze_ticks)
            cpu::pause();
}

}  // namespace

void set_machine(Machine& machine) { machine_to_dump = &machine; }
bool is_stopping() { return stopping; }

void park() {
    if (LocalCpu* const self = this_vcpu(); self != nullptr) self->parked = true;
    for (;;) {
        cpu::disable_interrupts();
        asm volatile("hlt");
    }
}

void stop_with(std::string_view verdict) {
    if (stopping.exchange(true)) park();  // another CPU already stops the machine
    if (machine_to_dump != nullptr) {
        freeze(*machine_to_dump);
        report_refused_dma(*machine_to_dump);
        dump(*machine_to_dump);
    }
    print("! {}", verdict);
    cpu::out32(exit_port, 0);
    park();
}

void stop_internal(std::string_view what) { stop("kind=internal what={}", OneWord{what}); }

}  // namespace snpemu
