// SPDX-License-Identifier: MIT
#include "tools/payload/tsc.hpp"

#include <chrono>
#include <thread>

namespace tools::payload {

std::uint64_t measure_tsc_khz() {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    const std::uint64_t first = __builtin_readcyclecounter();
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    const std::uint64_t ticks = __builtin_readcyclecounter() - first;
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
    // Rounded, so that two runs give their kernels the same command line.
    const std::uint64_t mhz =
        (ticks + static_cast<std::uint64_t>(micros) / 2) / static_cast<std::uint64_t>(micros);
    return mhz * 1000;
}

}  // namespace tools::payload
