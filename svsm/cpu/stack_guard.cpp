// SPDX-License-Identifier: MIT
// The compiler's guard of stack frames: the word between buffers and return address, and the function that it
// calls when the word has changed. start.S chooses the word, one for all
// CPUs. [Clang "-fstack-protector-strong"]
#include <cstdint>

#include "machine/machine.hpp"
#include "svsm/cpu/cpu.hpp"
#include "svsm/log.hpp"

extern "C" {

constinit std::uint64_t __stack_chk_guard = 0;

/// The frame of the caller is corrupt, so this function must not return.
[[noreturn, gnu::used]] void __stack_chk_fail() {
    svsm::log("svsm: failed check, a stack frame on CPU {} was written over", svsm::cpu::this_cpu().index);
    machine::terminate(abi::adyton::Termination::Panic);
}

}  // extern "C"
