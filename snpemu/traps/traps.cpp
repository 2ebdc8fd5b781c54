// SPDX-License-Identifier: MIT
// Traps of the machine itself: the handlers note NMIs and wake-ups; an exception ends the run.
#include "snpemu/traps/traps.hpp"

#include <array>
#include <atomic>
#include <cstdint>

#include "abi/snp/exit_code.hpp"
#include "abi/x86/descriptor.hpp"
#include "abi/x86/registers.hpp"
#include "snpemu/cpu/apic.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/mm/lazy.hpp"
#include "snpemu/traps/dump_request.hpp"
#include "snpemu/traps/local_cpu.hpp"

extern "C" char trap_stubs[], wait_begin[], wait_end[];

namespace snpemu {
namespace {

constexpr std::uint64_t stub_bytes = 16;
constexpr std::uint16_t code_selector = 8;
constinit std::array<abi::Gate, 256> idt{};
constinit std::atomic<bool> dump{false};

bool are_breakpoints_armed() { return (cpu::read_dr7() & abi::Dr7::any_enabled) != 0; }

/// See traps.S for the order.
struct TrapFrame {
    std::uint64_t gpr[15], vector, error, rip, cs, rflags, rsp, ss;
};

}  // namespace

void init_traps() {
    for (std::uint64_t i = 0; i < idt.size(); ++i)
        idt[i] = abi::interrupt_gate(reinterpret_cast<std::uint64_t>(trap_stubs) + i * stub_bytes,
                                     code_selector, 0);
    load_traps();
}

void load_traps() {
    const abi::DescriptorTablePointer pointer{sizeof idt - 1, reinterpret_cast<std::uint64_t>(idt.data())};
    asm volatile("lidt %0" : : "m"(pointer));
}

void note_stray_nmi() {
    cpu::out8(0x70, dump_cmos_index);
    if (cpu::in8(0x71) == dump_cmos_value) dump = true;
}

bool dump_requested() { return dump.load(std::memory_order_relaxed); }

extern "C" void handle_trap(TrapFrame& frame) {
    const bool was_waiting = reinterpret_cast<std::uint64_t>(wait_begin) <= frame.rip &&
                             frame.rip <= reinterpret_cast<std::uint64_t>(wait_end);
    if (frame.vector == static_cast<std::uint64_t>(abi::Vector::Nmi)) {
        if (was_waiting) frame.rip = reinterpret_cast<std::uint64_t>(wait_end);
        // An announced NMI has done its work by causing an exit or ending a sleep. Any other NMI comes from
        // outside the machine.
        if (!find_local_cpu()->kicked.exchange(false)) note_stray_nmi();
        return;
    }
    if (frame.vector == static_cast<std::uint64_t>(abi::Vector::PageFault) && lazy::fill(cpu::read_cr2())) return;
    if (frame.vector == static_cast<std::uint64_t>(abi::Vector::Debug) && are_breakpoints_armed()) {
        // A guest's breakpoint, armed a few instructions too early or too late. Memory of the machine's own
        // has none, so neither this handler nor its stack. RF lets the instruction run.
        frame.rflags |= abi::Rflags::rf;
        return;
    }
    if (was_waiting) {
        // A guest's interrupt, whatever its number: the machine has none on this CPU. Takes one only: a
        // second one would overwrite it.
        find_local_cpu()->taken_vector = static_cast<int>(frame.vector);
        frame.rflags &= ~abi::Rflags::interrupt;
        return;
    }
    if (frame.vector >= 32) return apic::end_of_interrupt();
    stop("kind=internal what=exception-{}-of-the-machine rip=0x{:x} error=0x{:x} cr2=0x{:x}", frame.vector,
         frame.rip, frame.error, cpu::read_cr2());
}

}  // namespace snpemu
