// SPDX-License-Identifier: MIT
// Keeps accesses of device memory apart from changes of where devices are.
#pragma once
#include "kern/spinlock.hpp"

namespace snpemu {

/// Held over every access of device memory by the machine (guests make none themselves) and over every write
/// to PCI configuration space. When an address window moves, QEMU 7.2 exchanges all CPUs' tables of devices
/// at once and empties their TLBs later; an access in between looks its old entry up in the new table, and
/// QEMU crashes. Who has waited for this lock has emptied its TLB.
inline constinit Spinlock device_bus;

}  // namespace snpemu
