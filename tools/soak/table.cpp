// SPDX-License-Identifier: MIT
#include "tools/soak/table.hpp"

#include <algorithm>

#include "tools/support/format.hpp"

namespace tools::soak {
namespace {

std::string seconds(const std::optional<double>& value) {
    return value ? formatted("{:.1f} s", *value) : "-";
}

}  // namespace

std::optional<double> median(std::vector<double> values) {
    if (values.empty()) return std::nullopt;
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string table(const std::vector<Tally>& tallies) {
    std::string text = formatted("{:<12}{:<15}{:>4}{:>7}{:>8}{:>15}{:>13}\n", "QEMU", "mode", "CPUs", "runs",
                                 "failed", "first check", "whole run");
    std::string failures;
    for (const Tally& tally : tallies) {
        text += formatted("{:<12.11}{:<15}{:>4}{:>7}{:>8}{:>15}{:>13}\n", tally.qemu, tally.mode, tally.cpus,
                          tally.runs, tally.failures.size(), seconds(median(tally.to_first_check)),
                          seconds(median(tally.whole)));
        for (const Failure& failure : tally.failures)
            failures += formatted("  run {} of QEMU {}, {}, CPUs {}: {}\n    {}\n", failure.run, tally.qemu,
                                  tally.mode, tally.cpus, failure.sentence, failure.file);
    }
    text += "times: medians of the runs that succeeded\n";
    return failures.empty() ? text : text + "failures\n" + failures;
}

}  // namespace tools::soak
