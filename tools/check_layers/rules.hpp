// SPDX-License-Identifier: MIT
// The include rules, read from the table of docs/boundaries.md: the document is the rule.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tools::check_layers {

/// `path` is `prefix` itself or lies below it.
[[nodiscard]] bool lies_in(std::string_view path, std::string_view prefix);

/// One row: the files of `part` may include headers whose path is an entry of `allowed` or lies below one.
struct Rule {
    std::string part;  ///< a folder or a file, from the root, without a slash at the end
    bool deep;         ///< the row speaks about folders below `part` too
    std::vector<std::string> allowed;
    std::size_t line;  ///< of the document, counted from 1
};

class Rules {
public:
    /// Rows are lines "| `part` | `allowed` `allowed` | ... |". A part with a slash at its end is deep. A row
    /// with several parts is one rule for each of them. Empty when the document cannot be read.
    [[nodiscard]] static Rules read(const std::filesystem::path& document);
    [[nodiscard]] bool empty() const { return rules_.empty(); }
    /// The rule of `path`: that of the file itself, else of its folder, else of the nearest deep part above
    /// it. Null for a path that no row speaks about.
    [[nodiscard]] const Rule* rule_for(std::string_view path) const;
    /// Within one part everything may include everything.
    [[nodiscard]] bool allows(std::string_view from, std::string_view to) const;
    /// The room of `path`: its folder; for a file with a row of its own, the file.
    [[nodiscard]] std::string room_of(std::string_view path) const;
    /// Top directories that the table speaks about.
    [[nodiscard]] std::vector<std::string> roots() const;
    [[nodiscard]] const std::vector<Rule>& all() const { return rules_; }

private:
    std::vector<Rule> rules_;
};

}  // namespace tools::check_layers
