// SPDX-License-Identifier: MIT
// Floors inside a house: includes between rooms run one way, so no way along them leads back to
// where it began.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "tools/check_layers/source.hpp"

namespace tools::check_layers {

/// One text of several lines for each circle of rooms: the rooms in their order, then for every edge one
/// include ("path:line: includes ..."). The shortest circles come first. A circle that shares a room with an
/// earlier one is left out, because mending that one may mend it. Empty when the rooms have an order.
[[nodiscard]] std::vector<std::string> circles(std::span<const Source> sources, const Rules& rules);

}  // namespace tools::check_layers
