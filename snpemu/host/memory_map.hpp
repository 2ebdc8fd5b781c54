// SPDX-License-Identifier: MIT
// The memory map that the host gives to the guest. [IGVM "IGVM_VHT_MEMORY_MAP"]
#pragma once
#include "snpemu/host/machine.hpp"
#include "snpemu/host/parameters.hpp"

namespace snpemu {

/// Writes the ranges of the guest's RAM and an empty entry behind them to `at`. Ends the run when they do not fit into
/// the parameter's area.
void put_memory_map(Machine& machine, Parameters& parameters, abi::igvm::Parameter at);

}  // namespace snpemu
