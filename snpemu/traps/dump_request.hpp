// SPDX-License-Identifier: MIT
// The request for a dump: adyton(1) marks a byte of CMOS through QEMU's monitor and sends an NMI.
#pragma once

namespace snpemu {

/// CMOS byte and value that tell such an NMI from those that CPUs send each other.
inline constexpr unsigned char dump_cmos_index = 0x50, dump_cmos_value = 0xad;

/// Called for every NMI that no other CPU has announced: looks for the mark.
void note_stray_nmi();
[[nodiscard]] bool dump_requested();

}  // namespace snpemu
