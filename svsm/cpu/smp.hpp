// SPDX-License-Identifier: MIT
// Starts the other CPUs. The VMSA of each leads it to everything it needs; no global carries anything.
#pragma once
#include <span>

#include "abi/snp/vmsa.hpp"
#include "svsm/cpu/cpu.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/mm/memory.hpp"

namespace svsm {

/// Time in which an application processor must announce itself, in TSC ticks: seconds on any machine.
inline constexpr std::uint64_t ap_start_ticks = 10'000'000'000;

/// Starts every vCPU of `guest` but the first, and waits until all have announced themselves. On failure the
/// console names the CPU. ApCreation: the host refused it; ApTimeout: the CPU stayed silent.
[[nodiscard]] BootResult smp_init(mm::Memory& memory, Guest& guest);

/// Fills the VMPL0 VMSA with which `cpu` starts at ap_entry. `vmsa` comes zeroed.
void create_svsm_vmsa(abi::Vmsa& vmsa, const cpu::Cpu& cpu, const Guest& guest);

}  // namespace svsm
