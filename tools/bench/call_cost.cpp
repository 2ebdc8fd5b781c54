// SPDX-License-Identifier: MIT
#include "tools/bench/call_cost.hpp"

#include <array>
#include <cmath>

namespace tools::bench {
namespace {

constexpr std::size_t unknowns = 3;
/// Coefficients of one equation, and its right side.
using Equation = std::array<double, unknowns + 1>;
using Equations = std::array<Equation, unknowns>;

/// The normal equations: for each unknown the sum over all calls.
Equations equations_of(std::span<const PvalidateCall> calls) {
    Equations sums{};
    for (const PvalidateCall& call : calls) {
        const Equation one{1, static_cast<double>(call.small), static_cast<double>(call.large),
                           static_cast<double>(call.instructions)};
        for (std::size_t row = 0; row < unknowns; ++row)
            for (std::size_t column = 0; column <= unknowns; ++column) sums[row][column] += one[row] * one[column];
    }
    return sums;
}

/// Gauss and Jordan, without exchange: the matrix is symmetric and has no negative eigenvalue.
std::array<double, unknowns> solve(Equations equations) {
    constexpr double nothing = 1e-6;
    std::array<bool, unknowns> is_known{};
    for (std::size_t at = 0; at < unknowns; ++at) {
        const double pivot = equations[at][at];
        is_known[at] = std::abs(pivot) > nothing;
        if (!is_known[at]) continue;
        for (double& value : equations[at]) value /= pivot;
        for (std::size_t other = 0; other < unknowns; ++other) {
            if (other == at) continue;
            const double factor = equations[other][at];
            for (std::size_t i = 0; i <= unknowns; ++i) equations[other][i] -= factor * equations[at][i];
        }
    }
    std::array<double, unknowns> values{};
    for (std::size_t at = 0; at < unknowns; ++at)
        if (is_known[at]) values[at] = equations[at][unknowns];
    return values;
}

}  // namespace

CallCost fit(std::span<const PvalidateCall> calls) {
    const auto [call, small, large] = solve(equations_of(calls));
    return {call, small, large};
}

}  // namespace tools::bench
