// SPDX-License-Identifier: MIT
// The result of a soak as a table.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace tools::soak {

/// One run that failed.
struct Failure {
    unsigned run;          ///< from 1
    std::string sentence;  ///< why
    std::string file;      ///< what it left
};

/// The results of a cell. Times are of the runs that succeeded, in seconds.
struct Tally {
    std::string qemu;  ///< its version
    std::string mode;
    unsigned cpus = 0;
    unsigned runs = 0;
    std::vector<Failure> failures{};
    std::vector<double> to_first_check{}, whole{};
};

/// The middle one, or the mean of the two in the middle; empty when there is none.
[[nodiscard]] std::optional<double> median(std::vector<double> values);

/// A line for each cell, at most 80 columns; below it each failure with its file.
[[nodiscard]] std::string table(const std::vector<Tally>& tallies);

}  // namespace tools::soak
