// SPDX-License-Identifier: MIT
// #VC in every mode, faults while an event is delivered, single steps.
#include <array>
#include <cstring>

#include "abi/x86/descriptor.hpp"
#include "abi/x86/paging.hpp"
#include "abi/x86/registers.hpp"
#include "tests/machine/lib/apic.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

extern "C" char rules_vc32[], rules_vc32_handler[], rules_vc16[], rules_vc16_handler[], rules_vc16_end[];
extern "C" char rules_behind_rdmsr[], rules_behind_nop[], rules_behind_pvalidate[], rules_behind_icebp[];
extern "C" void rules_step(std::uint64_t page, std::uint64_t, std::uint64_t, std::uint32_t msr);

namespace rules {
namespace {

using abi::Vector;

constexpr unsigned vc = 29, invalid_opcode = 6, double_fault = 8, stack_fault = 12;

std::uint64_t address(const void* at) { return reinterpret_cast<std::uint64_t>(at); }
void cpuid() {
    std::uint32_t a = 0, b, c = 0, d;
    asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
}

/// A copy of the rule's IDT in a page of its own, which the CPU uses from now on.
volatile abi::Gate* own_idt() {
    const std::uint64_t page = allocate_page();
    std::memcpy(reinterpret_cast<void*>(page), reinterpret_cast<void*>(idt_base()), idt_limit() + 1u);
    load_idt({idt_limit(), page});
    return reinterpret_cast<volatile abi::Gate*>(page);
}
constexpr std::uint8_t absent_gate = 0x0e;

RULE(vc_with_an_absent_gate_is_double_fault, "APM2: Double-Fault Exception") {
    own_idt()[vc].type = absent_gate;
    const auto fault = trap(cpuid);
    CHECK(fault && fault->is(Vector::DoubleFault, 0));
}

RULE(vc_with_a_data_segment_as_handler_is_double_fault, "APM2: Double-Fault Exception") {
    own_idt()[vc].selector = Selector::data;
    const auto fault = trap(cpuid);
    CHECK(fault && fault->is(Vector::DoubleFault, 0));
}

RULE(vc_with_a_gate_beyond_the_limit_is_double_fault, "APM2: Double-Fault Exception") {
    (void)own_idt();
    load_idt({vc * 16 + 14, idt_base()});
    const auto fault = trap(cpuid);
    CHECK(fault && fault->is(Vector::DoubleFault, 0));
}

RULE(fault_during_a_double_fault_is_shutdown, "APM2: Shutdown", .ends = "shutdown") {
    auto* const idt = own_idt();
    idt[vc].type = absent_gate;
    idt[double_fault].type = absent_gate;
    cpuid();
}

RULE(invalid_opcode_with_an_absent_gate_is_segment_not_present, "APM2: Segment-Not-Present Exception") {
    own_idt()[invalid_opcode].type = absent_gate;
    const auto fault = trap([] { asm volatile("ud2"); });
    CHECK(fault && fault->is(Vector::SegmentNotPresent, invalid_opcode << 3 | 3));
}

RULE(invalid_opcode_with_a_wrong_gate_is_general_protection, "APM2: General-Protection Exception") {
    own_idt()[invalid_opcode].type = 0x85;
    const auto fault = trap([] { asm volatile("ud2"); });
    CHECK(fault && fault->is(Vector::GeneralProtection, invalid_opcode << 3 | 3));
}

RULE(invalid_opcode_with_a_null_handler_is_general_protection, "APM2: General-Protection Exception") {
    own_idt()[invalid_opcode].selector = 0;
    const auto fault = trap([] { asm volatile("ud2"); });
    CHECK(fault && fault->is(Vector::GeneralProtection, 1));
}

RULE(invalid_opcode_with_a_32_bit_handler_is_general_protection, "APM2: Long-Mode Interrupts") {
    own_idt()[invalid_opcode].selector = Selector::code32;
    const auto fault = trap([] { asm volatile("ud2"); });
    CHECK(fault && fault->is(Vector::GeneralProtection, Selector::code32 | 1));
}

RULE(vc_of_an_ist_gate_uses_its_stack, "APM2: Interrupt-Stack Table") {
    own_idt()[vc].ist = 1;
    std::uint64_t rsp = 0;
    asm volatile("mov %%rsp, %0" : "=r"(rsp));
    const auto fault = trap(cpuid);
    CHECK(fault && fault->is_vc(abi::ExitCode::Cpuid));
    CHECK(fault && fault->rsp - rsp + 4096 < 8192);  // what was pushed is the interrupted stack
}

/// Its frame of at least 40 bytes begins below the upper half of the canonical addresses.
void invalid_opcode_on_a_stack_at_the_edge() {
    asm volatile("mov %0, %%rsp; ud2" : : "r"(0xffff'8000'0000'0010ull));
}

RULE(frame_at_addresses_that_are_not_canonical_is_stack_fault, "APM2: Stack Exception") {
    own_idt()[stack_fault].ist = 1;
    const auto fault = trap(invalid_opcode_on_a_stack_at_the_edge);
    CHECK(fault && fault->is(Vector::Stack, 1));
}

RULE(frame_at_addresses_that_are_not_canonical_ends_in_shutdown, "APM2: Shutdown", .ends = "shutdown") {
    invalid_opcode_on_a_stack_at_the_edge();
}

// ---- other modes, on a second vCPU ----

/// What the code of exceptions.S leaves in the page `answer`, once it is done.
struct Answer {
    std::uint32_t first, second, is_done;
};
Answer run_second(abi::Vmsa& vmsa, std::uint64_t answer) {
    vmsa.rsi = answer;
    REQUIRE(seal(vmsa) && ap_creation(1, 1, 0, vmsa));
    for (unsigned i = 0; i < 20 && at<std::uint32_t>(answer + 8) == 0; ++i) apic::wait_a_while();
    return {at<std::uint32_t>(answer), at<std::uint32_t>(answer + 4), at<std::uint32_t>(answer + 8)};
}

/// Paging off.
abi::Vmsa& protected_mode_vmsa() {
    constexpr std::uint16_t code32 = 0xc9b, data32 = 0xc93;
    abi::Vmsa& vmsa = make_vmsa(0, [] {});
    vmsa.cs = {Selector::code32, code32, ~0u, 0};
    vmsa.ds = vmsa.es = vmsa.ss = vmsa.gs = vmsa.fs = {Selector::data, data32, ~0u, 0};
    vmsa.efer = abi::Efer::svme;
    vmsa.cr0 = abi::Cr0::pe | abi::Cr0::et;
    vmsa.cr3 = vmsa.cr4 = 0;
    vmsa.rip = address(rules_vc32);
    return vmsa;
}

void set_legacy_gate(std::uint64_t idt, std::uint8_t type) {
    const std::uint64_t handler = address(rules_vc32_handler);
    at(idt + 8 * vc) = (handler & 0xffff) | std::uint64_t{Selector::code32} << 16 |
                       std::uint64_t{type} << 40 | (handler >> 16) << 48;
}

RULE(vc_in_protected_mode_pushes_dwords, "APM2: Legacy Protected-Mode Interrupt Control Transfers",
     .options = "--cpus 2") {
    const std::uint64_t idt = allocate_page(), answer = allocate_page();
    set_legacy_gate(idt, 0x8e);
    abi::Vmsa& vmsa = protected_mode_vmsa();
    vmsa.idtr = {0, 0, 0xff, idt};
    const Answer got = run_second(vmsa, answer);
    CHECK_EQ(got.is_done, 1);
    CHECK_EQ(got.first, static_cast<std::uint64_t>(abi::ExitCode::Cpuid));
    CHECK_EQ(got.second & 0xffff, Selector::code32);
}

RULE(vc_in_pae_mode_pushes_dwords, "APM2: Legacy Protected-Mode Interrupt Control Transfers",
     .options = "--cpus 2") {
    using abi::Pte;
    const std::uint64_t idt = allocate_page(), answer = allocate_page(), pointers = allocate_page(),
                        directory = allocate_page();
    at(pointers) = directory | c_mask() | Pte::present;
    for (std::uint64_t i = 0; i < abi::page_table_entries; ++i)
        at(directory + 8 * i) = i * large_page_bytes | c_mask() | 0xe3;  // 2 MiB, accessed, dirty
    set_legacy_gate(idt, 0x8e);
    abi::Vmsa& vmsa = protected_mode_vmsa();
    vmsa.idtr = {0, 0, 0xff, idt};
    vmsa.cr0 |= abi::Cr0::pg;
    vmsa.cr3 = pointers;
    vmsa.cr4 = abi::Cr4::pae;
    const Answer got = run_second(vmsa, answer);
    CHECK_EQ(got.is_done, 1);
    CHECK_EQ(got.first, static_cast<std::uint64_t>(abi::ExitCode::Cpuid));
}

RULE(vc_in_real_mode_goes_through_the_vector_table, "APM2: Real-Mode Interrupt Control Transfers",
     .options = "--cpus 2", .image = "--page-0") {
    constexpr std::uint64_t code = 0x500;
    const std::uint64_t answer = allocate_page();
    const auto* const from = rules_vc16;
    for (long i = 0; i < rules_vc16_end - rules_vc16; ++i)
        at<char>(code + static_cast<std::uint64_t>(i)) = from[i];
    at<std::uint32_t>(4 * vc) =
        static_cast<std::uint32_t>(code + static_cast<std::uint64_t>(rules_vc16_handler - rules_vc16));
    abi::Vmsa& vmsa = make_vmsa(0, [] {});
    vmsa.cs = {0, 0x9b, 0xffff, 0};
    vmsa.ds = vmsa.es = vmsa.ss = vmsa.gs = vmsa.fs = {0, 0x93, ~0u, 0};
    vmsa.ss.limit = 0xffff;
    vmsa.idtr = {0, 0, 0x3ff, 0};
    vmsa.efer = abi::Efer::svme;
    vmsa.cr0 = abi::Cr0::et;
    vmsa.cr3 = vmsa.cr4 = 0;
    vmsa.rip = code;
    vmsa.rsp = 0xff0;
    const Answer got = run_second(vmsa, answer);
    CHECK_EQ(got.is_done, 1);
    CHECK_EQ(got.first, 0xff0 - 6);  // FLAGS, CS and IP, no error code
}

// ---- single steps ----

constinit std::array<std::uint64_t, 16> steps{};
constinit unsigned step_count = 0;
constinit bool all_have_bs = true;

void note_step(Frame& frame) {
    constexpr std::uint64_t bs = 1 << 14;
    if ((read_dr6() & bs) == 0) all_have_bs = false;
    write_dr6(0xffff'0ff0);
    if (step_count < steps.size()) steps[step_count++] = frame.rip;
}
bool has_step(const char* at) {
    for (unsigned i = 0; i < step_count; ++i)
        if (steps[i] == address(at)) return true;
    return false;
}

RULE(step_traps_behind_emulated_instructions, "APM2: Single Stepping") {
    step_count = 0;
    all_have_bs = true;
    set_handler(static_cast<unsigned>(Vector::Debug), note_step);
    rules_step(allocate_page(), 0, 0, static_cast<std::uint32_t>(abi::Msr::SevStatus));
    CHECK(has_step(rules_behind_rdmsr));
    CHECK(has_step(rules_behind_nop));
    CHECK(has_step(rules_behind_pvalidate));
    CHECK(all_have_bs);
}

RULE(icebp_traps_behind_it_and_sets_no_bit_of_dr6, "APM2: Debug Exception") {
    write_dr6(0xffff'0ff0);
    const auto fault =
        trap([] { asm volatile(".globl rules_behind_icebp\n .byte 0xf1\nrules_behind_icebp:"); });
    CHECK(fault && fault->is(Vector::Debug));
    CHECK_EQ(fault ? fault->rip : 0, address(rules_behind_icebp));
    CHECK_EQ(fault ? fault->rflags & abi::Rflags::rf : 1, 0);
    CHECK_EQ(read_dr6(), 0xffff'0ff0);
}

}  // namespace
}  // namespace rules
