// SPDX-License-Identifier: MIT
// What the machine says about itself: the dump before a verdict, and a device that was refused memory.
#pragma once
#include "snpemu/host/machine.hpp"

namespace snpemu {

/// Tells `stop` which machine to dump.
void set_machine(Machine& machine);

/// Prints the newest events, the state of each vCPU and the counters. The CPUs stand still, or have been given the
/// time to. Takes no lock but the log's: the CPU that stops the machine may hold any other.
void dump(const Machine& machine);

/// Tells the user when a device was refused memory, at once: its driver will wait without end. One refusal per call, the
/// first few only; all are counted.
void report_refused_dma(Machine& machine);

}  // namespace snpemu
