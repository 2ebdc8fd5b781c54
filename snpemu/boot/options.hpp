// SPDX-License-Identifier: MIT
// The machine's command line: words of the form `name` or `name=value`.
#pragma once
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace snpemu {

/// Value of `name=value`; an empty view for a bare `name`; nothing when the word is not there.
constexpr std::optional<std::string_view> find_option(std::string_view line, std::string_view name) {
    while (!line.empty()) {
        const std::size_t end = line.find(' ') == std::string_view::npos ? line.size() : line.find(' ');
        const std::string_view word{line.data(), end};
        if (word.starts_with(name)) {
            std::string_view rest = word;
            rest.remove_prefix(name.size());
            if (rest.empty()) return rest;
            if (rest.front() == '=') {
                rest.remove_prefix(1);
                return rest;
            }
        }
        line.remove_prefix(end == line.size() ? end : end + 1);
    }
    return std::nullopt;
}
static_assert(find_option("a=1 memory=22 trace", "memory") == "22" &&
              find_option("a=1 trace", "trace") == "");
static_assert(!find_option("tracer", "trace") && !find_option("", "x"));

constexpr std::uint64_t parse_number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace snpemu
