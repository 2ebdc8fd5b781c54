// SPDX-License-Identifier: MIT
// Keeps accesses to device memory apart from changes of the devices' addresses.
#pragma once
#include "kern/spinlock.hpp"

namespace snpemu {

/// The machine holds this lock over each of its accesses to device memory (guests make none themselves) and
/// over each write to PCI configuration space. When an address window moves, QEMU 7.2 exchanges the device
/// tables of all CPUs at once and flushes their TLBs later; an access in between looks its old entry up in
/// the new table, and QEMU crashes. Any CPU that waited for this lock has flushed its TLB.
inline constinit Spinlock device_bus;

}  // namespace snpemu
