// SPDX-License-Identifier: MIT
// Starts the other CPUs. Each finds everything it needs through its own VMSA: nothing is handed over in
// globals.
#pragma once
#include <span>

#include "abi/snp/vmsa.hpp"
#include "svsm/cpu/cpu.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/mm/memory.hpp"

namespace svsm {

/// How long an application processor may take to announce itself, in TSC ticks: seconds on any machine.
inline constexpr std::uint64_t ap_start_ticks = 10'000'000'000;

/// Starts every vCPU of `guest` but the first, and waits until all have announced themselves. A CPU that does
/// not is named on the console; the result is then ApCreation (refused) or ApTimeout (silent).
[[nodiscard]] BootResult smp_init(mm::Memory& memory, Guest& guest);

/// Fills the VMPL0 VMSA with which `cpu` starts at ap_entry. `vmsa` comes zeroed.
void create_svsm_vmsa(abi::Vmsa& vmsa, const cpu::Cpu& cpu, std::uint64_t sev_features);

}  // namespace svsm
