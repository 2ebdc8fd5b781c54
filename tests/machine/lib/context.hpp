// SPDX-License-Identifier: MIT
// What each vCPU has at each of its levels; GS points to it.
#pragma once
#include <cstdint>

#include "tests/machine/lib/exception.hpp"

namespace rules {

struct Context {
    std::uint64_t catch_stack = 0;  ///< entry.S: where an exception continues
    Context* self = nullptr;
    bool is_main = false;  ///< VMPL0 of the boot vCPU, which owns the console
    Fault fault{};
};

[[nodiscard]] inline Context& context() {
    Context* self;
    asm volatile("mov %%gs:8, %0" : "=r"(self));
    return *self;
}

}  // namespace rules
