// SPDX-License-Identifier: MIT
// Exceptions and interrupts of a rule: caught like a throw, or given to a handler of its own.
#pragma once
#include <cstdint>
#include <optional>

#include "abi/snp/exit_code.hpp"

namespace rules {

/// What entry.S leaves on the stack.
struct Frame {
    std::uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    std::uint64_t vector, error, rip, cs, rflags, rsp, ss;
};
static_assert(sizeof(Frame) == 22 * 8);

struct Fault {
    abi::Vector vector;
    std::uint64_t error;  ///< for #VC the exit code
    std::uint64_t rip, cr2, rflags, cs, rsp;
    [[nodiscard]] bool is(abi::Vector wanted) const { return vector == wanted; }
    [[nodiscard]] bool is(abi::Vector wanted, std::uint64_t code) const {
        return vector == wanted && error == code;
    }
    [[nodiscard]] bool is_vc(abi::ExitCode code) const {
        return is(abi::Vector::Vc, static_cast<std::uint64_t>(code));
    }
};

extern "C" std::uint64_t rules_catch(void (*call)(void*), void* argument);
extern "C" [[noreturn]] void rules_throw();
/// Of the last exception that ended a `trap` on this vCPU and VMPL.
[[nodiscard]] const Fault& last_fault();

/// Runs `call`; empty when it returns. An exception in it ends it there, whatever registers, stack and CPL it had; its
/// RFLAGS are not kept. May be nested.
template <class Call>
std::optional<Fault> trap(Call call) {
    const auto run = [](void* object) { (*static_cast<Call*>(object))(); };
    if (rules_catch(+run, &call) == 0) return std::nullopt;
    return last_fault();
}

/// Gets the frame and may change it: it is what IRETQ loads. Also for vectors of interrupts.
using Handler = void (*)(Frame&);
/// From now to the end of the rule; null takes it away. A vector with a handler ends no `trap`.
void set_handler(unsigned vector, Handler handler);

/// For those who want a table of their own: address of the stub of a vector.
[[nodiscard]] std::uint64_t stub_of(unsigned vector);

/// Selectors of the GDT of every rule.
struct Selector {
    static constexpr std::uint16_t code64 = 0x08, data = 0x10, code32 = 0x18, code16 = 0x20, data16 = 0x28,
                                   user_data = 0x33, user_code64 = 0x3b, user_code32 = 0x43, task = 0x48;
};
/// Descriptor tables and, for VMPL0's boot vCPU, the task register. TSS: RSP0 and IST1.
void load_descriptor_tables();
[[nodiscard]] std::uint64_t gdt_base();
[[nodiscard]] std::uint16_t gdt_limit();
[[nodiscard]] std::uint64_t idt_base();
[[nodiscard]] std::uint16_t idt_limit();

}  // namespace rules
