// SPDX-License-Identifier: MIT
// A request to count instructions in a run: the arguments of QEMU's plugin.
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

namespace tools::count {

struct Request {
    std::filesystem::path plugin;          ///< adyton-count.so of this build
    std::uint64_t low = 0, high = 0;       ///< virtual addresses of the SVSM's code
    std::vector<std::uint64_t> functions;  ///< where its functions begin, ascending; empty: no call stacks
    bool counts_all = false;               ///< the sum over all programs too, from QEMU's start to its end
};

}  // namespace tools::count
