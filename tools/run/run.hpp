// SPDX-License-Identifier: MIT
// `adyton run`: one guest on one machine, and what became of it.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "tools/run/options.hpp"

namespace tools::run {

using Counters = std::map<std::string, std::uint64_t, std::less<>>;

/// Runs the guest and tells the user. The value is the exit code of the program: 128 + n when interrupted.
/// `counters`, if wanted, receives what the machine counted.
[[nodiscard]] int run(const Options& options, Counters* counters = nullptr);

}  // namespace tools::run
