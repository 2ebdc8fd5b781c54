// SPDX-License-Identifier: MIT
// The output of a running libFuzzer program, reduced to what people want to know.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tools::fuzz {

class Watch {
public:
    /// Takes the program's output as it comes.
    void feed(std::string_view chunk);

    [[nodiscard]] std::uint64_t inputs() const { return inputs_; }
    [[nodiscard]] std::uint64_t coverage() const { return coverage_; }
    /// What is wrong, in one line; empty when nothing was found.
    [[nodiscard]] const std::string& finding() const { return finding_; }
    /// File with the input that shows it.
    [[nodiscard]] const std::string& reproducer() const { return reproducer_; }
    /// The target's own last line, like "sequence: 12345 calls in 99 games".
    [[nodiscard]] const std::string& summary() const { return summary_; }

private:
    void take_line(std::string_view line);
    std::string partial_, finding_, reproducer_, summary_;
    std::uint64_t inputs_ = 0, coverage_ = 0;
};

}  // namespace tools::fuzz
