// SPDX-License-Identifier: MIT
// std::format whose machinery is compiled once: instantiated in every file, it was most of the build's time.
#pragma once
#include <format>
#include <string>
#include <utility>

namespace tools {

/// std::vformat.
[[nodiscard]] std::string format_erased(std::string_view format, std::format_args arguments);

/// Checked at compile time like std::format.
template <class... Args>
[[nodiscard]] std::string formatted(std::format_string<Args...> format, Args&&... args) {
    return format_erased(format.get(), std::make_format_args(args...));
}

}  // namespace tools
