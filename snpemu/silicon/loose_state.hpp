// SPDX-License-Identifier: MIT
// Registers of a VMSA that no instruction of plain AMD-V switches: x87, SSE and AVX, XCR0, PKRU, TSC_AUX.
#pragma once
#include "model/processor.hpp"
#include "snpemu/silicon/cpu_state.hpp"

namespace snpemu::silicon {

/// Once per CPU: lets the machine itself use XSAVE and PKRU, where `cpu` has them.
void prepare_for_loose_state(const model::Processor& cpu);
/// Into the CPU, all of it: what the level that ran before left in a register is gone. All YMM registers are
/// loaded whatever XCR0 of the VMSA is, as silicon does. Breakpoint addresses are debug_registers.hpp's.
void load_loose(const model::Processor& cpu, const LooseState& loose);
/// Out of the CPU. Without XSAVE `xcr0` and `pkru` keep what was loaded.
void store_loose(const model::Processor& cpu, LooseState& loose);

}  // namespace snpemu::silicon
