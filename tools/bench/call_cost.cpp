// SPDX-License-Identifier: MIT
#include "tools/bench/call_cost.hpp"

namespace tools::bench {
namespace {

struct Sum {
    std::uint64_t calls = 0, instructions = 0;

    void add(const PvalidateCall& call) {
        ++calls;
        instructions += call.instructions;
    }
    [[nodiscard]] double mean() const {
        return calls == 0 ? 0 : static_cast<double>(instructions) / static_cast<double>(calls);
    }
};

}  // namespace

CallCost mean_cost(std::span<const PvalidateCall> calls) {
    Sum small, large;
    for (const PvalidateCall& call : calls) {
        if (call.large == 0 && call.small != 0) small.add(call);
        if (call.small == 0 && call.large != 0) large.add(call);
    }
    return {small.mean(), large.mean()};
}

}  // namespace tools::bench
