// SPDX-License-Identifier: MIT
#include "tests/machine/lib/code.hpp"

#include "abi/x86/paging.hpp"
#include "abi/x86/registers.hpp"
#include "base/address.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/memory.hpp"

namespace rules {
namespace {

constexpr std::uint8_t ret = 0xc3, ud2[] = {0x0f, 0x0b};

std::uint64_t put(CodeBytes code) {
    const std::uint64_t page = allocate_page();
    std::uint64_t next = page;
    for (const std::uint8_t byte : code) at<std::uint8_t>(next++) = byte;
    return next;
}

}  // namespace

std::uint64_t make_code(CodeBytes code) {
    const std::uint64_t end = put(code);
    at<std::uint8_t>(end) = ret;
    return end - code.size();
}

void call(std::uint64_t code) {
    asm volatile("call *%0" : : "r"(code) : "rax", "rcx", "rdx", "memory", "cc");
}

void open_to_user(std::uint64_t va) {
    for (unsigned level = 1; level <= 4; ++level) {
        volatile std::uint64_t& entry = entry_of(va, level);
        entry = entry | abi::Pte::user;
    }
    flush_tlb();
}

Fault run_user(CodeBytes code, const UserRegisters& registers) {
    const std::uint64_t end = put(code);
    for (unsigned i = 0; i < sizeof ud2; ++i) at<std::uint8_t>(end + i) = ud2[i];
    open_to_user(end);
    const std::uint64_t begin = end - code.size(), stack = round_down(end, page_bytes) + page_bytes - 16;
    (void)trap([&] {
        asm volatile("pushq %[ss]\n pushq %[stack]\n pushq %[flags]\n pushq %[cs]\n pushq %[begin]\n iretq"
                     :
                     : [ss] "i"(Selector::user_data), [stack] "r"(stack), [flags] "i"(abi::Rflags::one),
                       [cs] "i"(Selector::user_code64), [begin] "r"(begin), "a"(registers.rax),
                       "c"(registers.rcx), "d"(registers.rdx)
                     : "memory");
    });
    return last_fault();
}

bool ran_through(const Fault& fault) {
    return fault.is(abi::Vector::InvalidOpcode) && at<std::uint8_t>(fault.rip) == ud2[0] &&
           at<std::uint8_t>(fault.rip + 1) == ud2[1];
}

}  // namespace rules
