// SPDX-License-Identifier: MIT
// The include rules, read from the table of docs/boundaries.md: the document is the rule.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tools::check_layers {

/// One row: files whose path begins with `part` may include headers whose path begins with an entry of
/// `allowed`.
struct Rule {
    std::string part;
    std::vector<std::string> allowed;
};

class Rules {
public:
    /// Rows are lines "| `part` | `allowed` `allowed` | ... |". Empty when the document cannot be read.
    [[nodiscard]] static Rules read(const std::filesystem::path& document);
    [[nodiscard]] bool empty() const { return rules_.empty(); }
    /// The rule with the longest part that `path` begins with; null for a path that no row speaks about.
    [[nodiscard]] const Rule* rule_for(std::string_view path) const;
    /// Within one part everything may include everything.
    [[nodiscard]] bool allows(std::string_view from, std::string_view to) const;
    /// Top directories that the table speaks about.
    [[nodiscard]] std::vector<std::string> roots() const;

private:
    std::vector<Rule> rules_;
};

}  // namespace tools::check_layers
