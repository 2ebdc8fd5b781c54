// SPDX-License-Identifier: MIT
// Parses the table.
#include "tools/check_layers/rules.hpp"

#include <algorithm>
#include <fstream>

namespace tools::check_layers {
namespace {

/// Texts between backquotes.
std::vector<std::string> quoted(std::string_view cell) {
    std::vector<std::string> words;
    for (std::size_t open; (open = cell.find('`')) != cell.npos;) {
        cell.remove_prefix(open + 1);
        const std::size_t close = cell.find('`');
        if (close == cell.npos) break;
        words.emplace_back(cell.substr(0, close));
        cell.remove_prefix(close + 1);
    }
    return words;
}

/// `path` is `prefix` itself or lies below it.
bool lies_in(std::string_view path, std::string_view prefix) {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace

Rules Rules::read(const std::filesystem::path& document) {
    Rules rules;
    std::ifstream file{document};
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("| `")) continue;
        const std::size_t second = line.find('|', 1), third = line.find('|', second + 1);
        if (second == line.npos || third == line.npos) continue;
        const auto allowed = quoted(std::string_view{line}.substr(second, third - second));
        for (const std::string& part : quoted(std::string_view{line}.substr(0, second)))
            rules.rules_.push_back({part, allowed});
    }
    return rules;
}

const Rule* Rules::rule_for(std::string_view path) const {
    const Rule* best = nullptr;
    for (const Rule& rule : rules_)
        if (lies_in(path, rule.part) && (best == nullptr || rule.part.size() > best->part.size()))
            best = &rule;
    return best;
}

bool Rules::allows(std::string_view from, std::string_view to) const {
    const Rule* rule = rule_for(from);
    if (rule == nullptr || rule == rule_for(to)) return true;
    return std::ranges::any_of(rule->allowed, [&](const std::string& entry) { return lies_in(to, entry); });
}

std::vector<std::string> Rules::roots() const {
    std::vector<std::string> roots;
    for (const Rule& rule : rules_) roots.push_back(rule.part.substr(0, rule.part.find('/')));
    std::ranges::sort(roots);
    roots.erase(std::ranges::unique(roots).begin(), roots.end());
    return roots;
}

}  // namespace tools::check_layers
