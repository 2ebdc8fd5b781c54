// SPDX-License-Identifier: MIT
// Parsing of numbers, sizes and times.
#include "tools/support/number.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>

namespace tools {
namespace {

std::optional<std::uint64_t> whole_number(std::string_view text, int base = 10) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

/// log2 of the unit a size ends with, and the digits before it.
unsigned take_unit(std::string_view& digits) {
    if (digits.empty()) return 20;
    const std::size_t unit = std::string_view{"kKmMgG"}.find(digits.back());
    if (unit == std::string_view::npos) return 20;
    digits.remove_suffix(1);
    return 10 * static_cast<unsigned>(unit / 2 + 1);
}

}  // namespace

Result<unsigned> parse_number(std::string_view option, std::string_view text, unsigned low, unsigned high) {
    const auto value = whole_number(text);
    if (!value || *value < low || *value > high)
        return problem("{} {} is not possible; choose {} to {}", option, text, low, high);
    return static_cast<unsigned>(*value);
}

std::optional<std::uint64_t> parse_address(std::string_view text) {
    if (!text.starts_with("0x")) return std::nullopt;
    return whole_number(text.substr(2), 16);
}

Result<std::uint64_t> parse_size(std::string_view option, std::string_view text) {
    std::string_view digits = text;
    const unsigned shift = take_unit(digits);
    const auto value = whole_number(digits);
    if (!value) return problem("{} {} is not a size; write it like 256M or 1G", option, text);
    if (*value > (~std::uint64_t{0} >> shift))
        return problem("{} {} does not fit into 64 bits", option, text);
    return *value << shift;
}

Result<double> parse_seconds(std::string_view option, std::string_view text) {
    const std::string copy{text};
    char* end = nullptr;
    const double value = std::strtod(copy.c_str(), &end);
    const bool whole = !copy.empty() && *end == 0;
    if (!whole || !std::isfinite(value) || value <= 0 || value > 7 * 86400)
        return problem("{} {} is not possible; choose a number of seconds above 0", option, text);
    return value;
}

}  // namespace tools
