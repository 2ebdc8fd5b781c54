// SPDX-License-Identifier: MIT
// Debug registers of the loaded VMSA. [APM2 "Debug Virtualization"]
#pragma once
#include "snpemu/silicon/cpu.hpp"
#include "snpemu/silicon/exit_reason.hpp"
#include "snpemu/silicon/memory.hpp"

namespace snpemu::silicon {

/// At VMRUN: with DebugSwap DR0 to DR3 of the VMSA go into the CPU, after those that are there have been put
/// aside; intercepts as the VMSA needs them.
void load_debug_registers(Cpu& cpu);
/// At #VMEXIT, the other way.
void store_debug_registers(Cpu& cpu);
/// A MOV that was intercepted: #VC of DR7 without DebugSwap; else carried out, or #GP for a value with an
/// upper half, or #UD.
[[nodiscard]] ExitReason on_debug_move(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);

/// Arms the guest's breakpoints for one stretch of native execution. QEMU plants a breakpoint when DR7 is
/// written and not when VMRUN loads it, and leaves it planted at #VMEXIT.
class ArmedBreakpoints {
public:
    explicit ArmedBreakpoints(const Cpu& cpu);
    ~ArmedBreakpoints();
    ArmedBreakpoints(const ArmedBreakpoints&) = delete;
    ArmedBreakpoints& operator=(const ArmedBreakpoints&) = delete;

private:
    bool is_armed_;
};

}  // namespace snpemu::silicon
