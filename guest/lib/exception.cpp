// SPDX-License-Identifier: MIT
#include "guest/lib/exception.hpp"

#include <array>
#include <span>

#include "abi/x86/descriptor.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/vcpu.hpp"

namespace {

/// What entry.S leaves on the stack.
struct Frame {
    std::uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    std::uint64_t vector, error, rip, cs, rflags, rsp, ss;
};
static_assert(sizeof(Frame) == 22 * 8);

struct Fixup {
    std::uint64_t faulting_rip, resume_rip;
};

// A probe's result in RAX: 0 for none, else bit 63 and the exception's number and error code.
using Faulted = Bits<63>;
using FaultVector = Bits<62, 32>;
using FaultError = Bits<31, 0>;

constexpr std::size_t vector_count = 32;
constexpr std::uint64_t stub_bytes = 16;
constexpr std::uint16_t code_selector = 8;
constinit std::array<abi::Gate, vector_count> idt{};

}  // namespace

extern "C" {
extern const Fixup __fixups_begin[], __fixups_end[];
extern char guest_vectors[];

std::uint64_t guest_probe_load(std::uint64_t at);
std::uint64_t guest_probe_read(std::uint64_t at, std::uint64_t* value);
std::uint64_t guest_probe_store(std::uint64_t at, std::uint64_t value);
std::uint64_t guest_probe_write(std::uint64_t at, std::uint64_t value);
std::uint64_t guest_probe_cpuid();
std::uint64_t guest_probe_rdmsr(std::uint64_t msr);
std::uint64_t guest_probe_wrmsr(std::uint64_t msr, std::uint64_t value);
std::uint64_t guest_probe_write_cr3(std::uint64_t value);
std::uint64_t guest_probe_write_cr4(std::uint64_t value);
std::uint64_t guest_probe_in();
std::uint64_t guest_probe_hypercall();
std::uint64_t guest_probe_undefined();
std::uint64_t guest_probe_pvalidate(std::uint64_t page);

void guest_exception(Frame& frame) {
    // Only an address in the table may fault; everything else is a bug of the guest or of what runs it.
    for (const Fixup& fixup : std::span{__fixups_begin, __fixups_end}) {
        if (frame.rip != fixup.faulting_rip) continue;
        frame.rax = Faulted::mask | FaultVector::put(frame.vector) | FaultError::put(frame.error);
        frame.rip = fixup.resume_rip;
        return;
    }
    if (guest::this_vcpu().ghcb != nullptr) {
        char text[200];
        guest::console::write_unlocked(base::format_to(
            text, "# vCPU {}: exception {} error 0x{:x} rip 0x{:x} rsp 0x{:x} cr2 0x{:x}\n",
            guest::this_vcpu().index, frame.vector, frame.error, frame.rip, frame.rsp, guest::read_cr2()));
    }
    guest::fatal("unexpected exception");
}
}

namespace guest {
namespace {
Probe decode(std::uint64_t result) {
    if (!Faulted::test(result)) return std::nullopt;
    return Fault{static_cast<abi::Vector>(FaultVector::get(result)), FaultError::get(result)};
}
}  // namespace

void install_exception_handlers() {
    const auto stubs = gpa_of(guest_vectors).value();
    for (std::size_t i = 0; i < vector_count; ++i)
        idt[i] = abi::interrupt_gate(stubs + i * stub_bytes, code_selector, 0);
    load_idt({idt_limit(), idt_base().value()});
}

Gpa idt_base() { return gpa_of(idt.data()); }
std::uint16_t idt_limit() { return sizeof idt - 1; }

Probe probe_load(Va at) { return decode(guest_probe_load(at.value())); }
Probe probe_read(Va at, std::uint64_t& value) { return decode(guest_probe_read(at.value(), &value)); }
Probe probe_store(Va at, std::uint8_t value) { return decode(guest_probe_store(at.value(), value)); }
Probe probe_write(Va at, std::uint64_t value) { return decode(guest_probe_write(at.value(), value)); }
Probe probe_cpuid() { return decode(guest_probe_cpuid()); }
Probe probe_rdmsr(std::uint32_t msr) { return decode(guest_probe_rdmsr(msr)); }
Probe probe_wrmsr(std::uint32_t msr, std::uint64_t value) { return decode(guest_probe_wrmsr(msr, value)); }
Probe probe_write_cr3(std::uint64_t value) { return decode(guest_probe_write_cr3(value)); }
Probe probe_write_cr4(std::uint64_t value) { return decode(guest_probe_write_cr4(value)); }
Probe probe_in() { return decode(guest_probe_in()); }
Probe probe_vmmcall() { return decode(guest_probe_hypercall()); }
Probe probe_undefined() { return decode(guest_probe_undefined()); }
Probe probe_pvalidate(Va page) { return decode(guest_probe_pvalidate(page.value())); }

}  // namespace guest
