// SPDX-License-Identifier: MIT
// Exceptions of the boot CPU before it has an area of its own.
#pragma once
#include "svsm/cpu/cpu.hpp"

namespace svsm::cpu {

/// Makes the running CPU use `cpu` and catch exceptions. All exceptions share one page of stack until
/// build_cpu_area gives the CPU its own stacks.
void catch_early_exceptions(Cpu& cpu);

}  // namespace svsm::cpu
