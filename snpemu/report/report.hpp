// SPDX-License-Identifier: MIT
// The machine's reports: the dump before a verdict, and a device access that the IOMMU refused.
#pragma once
#include "snpemu/host/machine.hpp"

namespace snpemu {

/// Tells `stop` which machine to dump.
void set_machine(Machine& machine);

/// Prints the newest events, the state of each vCPU and the counters. The other CPUs have stopped, or have been given
/// the time to. Takes no lock but the log's: the CPU that stops the machine may hold any other.
void dump(const Machine& machine);

/// Tells the user at once when the IOMMU refused a device access: the device's driver will wait without end. One
/// refusal per call, the first few only; all are counted.
void report_refused_dma(Machine& machine);

}  // namespace snpemu
