// SPDX-License-Identifier: MIT
// Exceptions of the boot CPU before it has an area of its own.
#pragma once
#include "svsm/cpu/cpu.hpp"

namespace svsm::cpu {

/// Makes the running CPU use `cpu` and catch exceptions, on one page for all stacks that they switch to.
/// Until build_cpu_area gives it stacks of its own.
void catch_early_exceptions(Cpu& cpu);

}  // namespace svsm::cpu
