// SPDX-License-Identifier: MIT
// Each CPU's GHCB page: shared in place, then registered by the CPU that owns it.
#pragma once
#include "svsm/cpu/cpu.hpp"
#include "svsm/mm/memory.hpp"

namespace svsm::cpu {

/// Makes `page`, a private valid page of the SVSM, shared and records it as the GHCB of `cpu`.
[[nodiscard]] BootResult share_ghcb(mm::Memory& memory, Cpu& cpu, abi::Ghcb* page);
/// Registers the GHCB of `cpu`, which must be the running CPU, with the hypervisor. From here on the CPU
/// has a console.
[[nodiscard]] BootResult register_ghcb(Cpu& cpu);

}  // namespace svsm::cpu
