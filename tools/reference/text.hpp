// SPDX-License-Identifier: MIT
// Texts that `./adyton` shows as well, straight from the files, when nothing is built yet.
#pragma once
#include <string_view>

namespace tools::reference {

[[nodiscard]] std::string_view help_text();
[[nodiscard]] std::string_view welcome_text();
/// "0.1.0".
[[nodiscard]] std::string_view version();

}  // namespace tools::reference
