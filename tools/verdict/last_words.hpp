// SPDX-License-Identifier: MIT
// The last words of a Linux that reset the machine.
#pragma once
#include <string>
#include <string_view>

namespace tools::verdict {

/// "it panicked: ..." or "a check failed: ...", from the console of a run that ended in a reset; empty when
/// nothing in it says why. The text is the guest's: to be shown, not to be believed.
[[nodiscard]] std::string last_words(std::string_view console);

}  // namespace tools::verdict
