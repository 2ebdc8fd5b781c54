// SPDX-License-Identifier: MIT
// Exceptions: an expected fault on guest memory resumes at its continuation, any other exception
// ends the machine.
#pragma once
#include <cstddef>
#include <cstdint>

namespace svsm::cpu {

inline constexpr std::size_t exception_count = 32;
inline constexpr std::size_t exception_stub_bytes = 16;

/// The stack frame that exception.S builds, lowest address first.
struct ExceptionFrame {
    std::uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    std::uint64_t vector, error;  ///< pushed by the stub; the error code by the CPU where there is one
    std::uint64_t rip, cs, rflags, rsp, ss;  ///< pushed by the CPU
};
static_assert(offsetof(ExceptionFrame, vector) == 15 * 8 && sizeof(ExceptionFrame) == 22 * 8);
// The CPU aligns the stack to 16 before its five pushes; an even number of words keeps the alignment that the
// ABI requires at a call.
static_assert(sizeof(ExceptionFrame) % 16 == 0);

extern "C" {
/// First of `exception_count` stubs, `exception_stub_bytes` apart.
extern const std::byte exception_stubs;
void svsm_exception(ExceptionFrame& frame);
}

}  // namespace svsm::cpu
