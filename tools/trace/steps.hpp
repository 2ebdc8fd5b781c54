// SPDX-License-Identifier: MIT
// The few events of a window that are worth a number in a picture.
#pragma once
#include <string>
#include <vector>

#include "tools/trace/filter.hpp"
#include "tools/trace/timeline.hpp"

namespace tools::trace {

struct Step {
    std::uint64_t time;
    std::uint32_t cpu;
    std::uint8_t vmpl;
    std::string title, details;
};

/// All events that fit a list; if they are too many, only those that begin or end something large.
[[nodiscard]] std::vector<Step> choose_steps(const Trace& trace, const Timeline& timeline,
                                             const Filter& filter);

}  // namespace tools::trace
