// SPDX-License-Identifier: MIT
// The machine and CPU of the calling thread; private to machine/sim.
#pragma once
#include "machine/sim/machine.hpp"

namespace sim {

struct Current {
    Machine* machine = nullptr;
    unsigned cpu = 0;
    bool inside_hook = false;  ///< what an adversary does is not interrupted by adversaries
};
extern thread_local Current current;

}  // namespace sim
