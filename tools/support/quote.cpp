// SPDX-License-Identifier: MIT
#include "tools/support/quote.hpp"

#include <algorithm>

namespace tools {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool is_harmless(char c) { return letters.contains(c) || std::string_view{"_-+=,.:/@%"}.contains(c); }

}  // namespace

std::string shell_word(std::string_view text) {
    if (!text.empty() && std::ranges::all_of(text, is_harmless)) return std::string{text};
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? "'\\''" : std::string{c};
    return word + "'";
}

std::string gdb_word(std::string_view text) {
    if (text.empty()) return "''";
    std::string word;
    for (const char c : text) {
        if (std::string_view{" \t\n'\"\\"}.contains(c)) word += '\\';
        word += c;
    }
    return word;
}

}  // namespace tools
