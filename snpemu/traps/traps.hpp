// SPDX-License-Identifier: MIT
// The machine's own interrupt table.
#pragma once

namespace snpemu {

/// Builds the table (once, by the boot CPU) and loads it on this CPU.
void init_traps();
void load_traps();

}  // namespace snpemu
