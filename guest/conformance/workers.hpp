// SPDX-License-Identifier: MIT
// Work on several vCPUs at once, for checks of what happens between them.
#pragma once
#include <atomic>
#include <cstdint>

#include "guest/conformance/platform.hpp"

namespace conf {

/// What one vCPU does; `seat` is its number, 0 is the boot vCPU.
using Job = void (*)(unsigned seat);

/// Runs `job` on vCPUs 0 to count - 1 at once and returns when it is over on all. Every vCPU but the boot one
/// gets a context for it that is created before and deleted afterwards.
void run_on(unsigned count, Job job);

/// The two halves of that, for checks that observe other vCPUs: vCPUs 1 to count - 1 only.
void start_others(unsigned count, Job job);
void finish_others(unsigned count);
/// Context of a vCPU between the two.
[[nodiscard]] const Context& context_of(unsigned seat);

/// Where all of `run_on` wait for each other; returns false when the check has failed elsewhere.
[[nodiscard]] bool meet();

/// Waits until `condition` holds; false when the check has failed meanwhile.
template <class Condition>
[[nodiscard]] bool wait_for(Condition condition);

/// Numbers that are the same in each run of the same build. [xorshift64*]
class Random {
public:
    explicit Random(unsigned seat);
    std::uint64_t next();
    std::uint64_t below(std::uint64_t limit) { return next() % limit; }

private:
    std::uint64_t state_;
};

/// As many as the 8-bit ids of an APIC name, whatever the build of the machine offers.
inline constexpr unsigned max_seats = 255;

}  // namespace conf

#include "guest/conformance/suite.hpp"
#include "guest/lib/instructions.hpp"

template <class Condition>
bool conf::wait_for(Condition condition) {
    while (!condition()) {
        if (has_failed()) return false;
        guest::pause();
    }
    return true;
}
