// SPDX-License-Identifier: MIT
// The end when the SVSM itself is wrong.
#pragma once
#include <string_view>

namespace svsm {

/// A broken invariant: says `what` on the console and ends the machine. Never for anything a guest or host can cause.
[[noreturn]] void panic(std::string_view what);

}  // namespace svsm
