// SPDX-License-Identifier: MIT
#include "tests/machine/lib/exception.hpp"

#include <array>

#include "abi/x86/descriptor.hpp"
#include "tests/machine/lib/context.hpp"
#include "tests/machine/lib/instructions.hpp"

extern "C" char rules_vectors[];

namespace rules {
namespace {

constexpr unsigned vector_count = 256;
constexpr std::uint64_t stub_bytes = 16;

constinit std::array<abi::Gate, vector_count> idt{};
constinit std::array<Handler, vector_count> handlers{};
constinit abi::TaskState task{};
alignas(16) constinit std::array<std::byte, 8192> ring0_stack{}, ist_stack{};
constinit std::array<std::uint64_t, 11> gdt{
    0,
    abi::DescriptorValue::code64,
    abi::DescriptorValue::data,
    0x00cf'9b00'0000'ffff,  // 32-bit code
    0x0000'9b00'0000'ffff,  // 16-bit code
    0x0000'9300'0000'ffff,  // 16-bit data
    0x00cf'f300'0000'ffff,  // data, CPL 3
    0x00af'fb00'0000'ffff,  // 64-bit code, CPL 3
    0x00cf'fb00'0000'ffff,  // 32-bit code, CPL 3
    0,
    0,
};

std::uint64_t address(const void* at) { return reinterpret_cast<std::uint64_t>(at); }

void fill_task() {
    constexpr std::uint64_t available = 0x89;
    task.rsp[0] = address(ring0_stack.data() + ring0_stack.size());
    task.ist[0] = address(ist_stack.data() + ist_stack.size());
    const std::uint64_t base = address(&task);
    gdt[Selector::task / 8] =
        (sizeof task - 1) | (base & 0xff'ffff) << 16 | available << 40 | (base >> 24 & 0xff) << 56;
    gdt[Selector::task / 8 + 1] = base >> 32;
}

}  // namespace

extern "C" void rules_exception(Frame& frame) {
    if (const Handler handler = handlers[frame.vector & 0xff]; handler != nullptr) return handler(frame);
    context().fault = {static_cast<abi::Vector>(frame.vector),
                       frame.error,
                       frame.rip,
                       read_cr2(),
                       frame.rflags,
                       frame.cs,
                       frame.rsp};
    rules_throw();
}

const Fault& last_fault() { return context().fault; }
void set_handler(unsigned vector, Handler handler) { handlers[vector & 0xff] = handler; }
std::uint64_t stub_of(unsigned vector) { return address(rules_vectors) + vector * stub_bytes; }
std::uint64_t gdt_base() { return address(gdt.data()); }
std::uint16_t gdt_limit() { return sizeof gdt - 1; }
std::uint64_t idt_base() { return address(idt.data()); }
std::uint16_t idt_limit() { return sizeof idt - 1; }

void load_descriptor_tables() {
    handlers = {};
    for (unsigned i = 0; i < vector_count; ++i) idt[i] = abi::interrupt_gate(stub_of(i), Selector::code64, 0);
    fill_task();
    load_gdt({gdt_limit(), gdt_base()});
    load_idt({idt_limit(), idt_base()});
    asm volatile("ltr %0" : : "r"(Selector::task));
}

}  // namespace rules
