// SPDX-License-Identifier: MIT
// A unit test lies where what it tests lies: tests/unit/HOUSE/ROOM/x_test.cpp tests HOUSE/ROOM.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tools/check_layers/source.hpp"

namespace tools::check_layers {

/// "path:1: what is wrong" for each test below tests/unit whose folder has no counterpart with sources, or
/// whose name no CMakeLists.txt beside it holds: a test that is never compiled looks like one that passes.
[[nodiscard]] std::vector<std::string> misplaced_tests(const std::filesystem::path& root,
                                                       std::span<const Source> sources);

}  // namespace tools::check_layers
