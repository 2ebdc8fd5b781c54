// SPDX-License-Identifier: MIT
#include "tools/fuzz/watch.hpp"

#include <charconv>

namespace tools::fuzz {
namespace {

/// What follows `mark` in `line`; empty when it is not there.
std::string_view after(std::string_view line, std::string_view mark) {
    const auto at = line.find(mark);
    return at == std::string_view::npos ? std::string_view{} : line.substr(at + mark.size());
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

constexpr std::size_t longest_line = 4096;

}  // namespace

void Watch::feed(std::string_view chunk) {
    for (const char c : chunk) {
        if (c == '\n') {
            take_line(partial_);
            partial_.clear();
        } else if (partial_.size() < longest_line) {
            partial_ += c;
        }
    }
}

void Watch::take_line(std::string_view line) {
    if (line.starts_with('#')) {  // "#4096 pulse cov: 123 ft: ..."
        inputs_ = number(line.substr(1));
        if (const auto coverage = after(line, "cov: "); !coverage.empty()) coverage_ = number(coverage);
    } else if (const auto total = after(line, "stat::number_of_executed_units: "); !total.empty()) {
        inputs_ = number(total);
    } else if (const auto file = after(line, "Test unit written to "); !file.empty()) {
        reproducer_ = file;
    } else if (line.find(" calls in ") != std::string_view::npos) {
        summary_ = line;
    }
    // Our own sentence comes first and says more than the signal it ends with.
    for (const std::string_view mark : {"FINDING: ", "ERROR: ", "runtime error: "})
        if (const auto what = after(line, mark); finding_.empty() && !what.empty()) finding_ = what;
}

}  // namespace tools::fuzz
