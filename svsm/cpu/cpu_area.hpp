// SPDX-License-Identifier: MIT
// Virtual addresses of each CPU's own area: stacks between guard pages, and windows into guest memory.
//
//   cpu_area_base + index * cpu_area_stride
//     page  0      guard            (never mapped)
//     page  1..4   stack            (application processors; the boot CPU keeps the stack of start.S)
//     page  5      guard
//     page  6      #VC stack
//     page  7      guard
//     page  8      #DF stack
//     page  9      guard
//     page 10      NMI stack
//     page 11      guard
//     page 12..14  windows CallingArea1 to 3
//     page 15..17  windows Vmsa1 to 3
//     page 18      window List
//     page 19      window Scratch4K
//     +2 MiB       window Scratch2M (one large entry)
#pragma once
#include "svsm/cpu/cpu.hpp"
#include "svsm/mm/memory.hpp"

namespace svsm::cpu {

inline constexpr Va cpu_area_base{0xffff'ffff'a000'0000};
inline constexpr std::uint64_t cpu_area_stride = 2 * large_page_bytes;

/// Builds the area of `cpu`: maps its stacks, and adds the page tables that its windows need.
[[nodiscard]] BootResult build_cpu_area(mm::Memory& memory, Cpu& cpu);

}  // namespace svsm::cpu
