// SPDX-License-Identifier: MIT
// What the command writes beside its tables.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "tools/support/output.hpp"
#include "tools/support/terminal.hpp"

namespace tools::bench {

/// Files, by name; "-" is stdout, and empty: not wanted.
struct OutputNames {
    std::string json, plot, budget;
};

/// Outputs beside the tables. If one of them is stdout, the tables go to stderr.
struct Outputs {
    std::optional<Output> json, plot, budget;
    bool take_stdout = false;

    /// Where they go, before the first run; a problem when one of them cannot be written.
    static Result<Outputs> open(const OutputNames& names) {
        Outputs outputs;
        if (!names.json.empty()) outputs.json = TRY(Output::to(names.json));
        if (!names.plot.empty()) outputs.plot = TRY(Output::to(names.plot));
        if (!names.budget.empty()) outputs.budget = TRY(Output::to(names.budget));
        outputs.take_stdout = TRY(share_stdout({address_of(outputs.json), address_of(outputs.plot)}));
        return outputs;
    }
    void tell(std::string_view text) const { take_stdout ? print_error(text) : print_out(text); }

private:
    static const Output* address_of(const std::optional<Output>& output) {
        return output ? &*output : nullptr;
    }
};

}  // namespace tools::bench
