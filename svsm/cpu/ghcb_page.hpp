// SPDX-License-Identifier: MIT
// Each CPU's GHCB page: shared in place, then registered by the CPU that owns it.
#pragma once
#include "svsm/cpu/cpu.hpp"
#include "svsm/mm/memory.hpp"

namespace svsm::cpu {

/// Makes `page` (ours, private, valid) shared and remembers it as the GHCB of `cpu`.
[[nodiscard]] BootResult share_ghcb(mm::Memory& memory, Cpu& cpu, abi::Ghcb* page);
/// Tells the hypervisor; on the CPU itself. From here on it has a console.
[[nodiscard]] BootResult register_ghcb(Cpu& cpu);

}  // namespace svsm::cpu
