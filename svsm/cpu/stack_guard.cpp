// SPDX-License-Identifier: MIT
// What the compiler needs to guard stack frames: the word between buffers and return address, and what
// happens when it has changed. start.S chooses the word, once for all CPUs. [Clang
// "-fstack-protector-strong"]
#include <cstdint>

#include "machine/machine.hpp"
#include "svsm/cpu/cpu.hpp"
#include "svsm/log.hpp"

extern "C" {

constinit std::uint64_t __stack_chk_guard = 0;

/// The frame of the caller is not to be trusted, so nothing here returns into it.
[[noreturn, gnu::used]] void __stack_chk_fail() {
    svsm::log("svsm: failed check, a stack frame on CPU {} was written over", svsm::cpu::this_cpu().index);
    machine::terminate(abi::adyton::Termination::Panic);
}

}  // extern "C"
