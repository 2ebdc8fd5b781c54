// SPDX-License-Identifier: MIT
// Parses the table.
#include "tools/check_layers/rules.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

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

/// How closely `rule` speaks about `path`: 0 for not at all; a folder below another counts more.
std::size_t closeness(const Rule& rule, std::string_view path) {
    constexpr std::size_t longest_path = 4096;
    if (path == rule.part) return longest_path;
    if (!lies_in(path, rule.part)) return 0;
    const bool own_file = path.find('/', rule.part.size() + 1) == path.npos;
    return rule.deep || own_file ? rule.part.size() : 0;
}

}  // namespace

bool lies_in(std::string_view path, std::string_view prefix) {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

Rules Rules::read(const std::filesystem::path& document) {
    Rules rules;
    std::ifstream file{document};
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (!line.starts_with("| `")) continue;
        const std::size_t second = line.find('|', 1), third = line.find('|', second + 1);
        if (second == line.npos || third == line.npos) continue;
        const auto allowed = quoted(std::string_view{line}.substr(second, third - second));
        for (std::string part : quoted(std::string_view{line}.substr(0, second))) {
            const bool deep = part.ends_with('/');
            if (deep) part.pop_back();
            rules.rules_.push_back({std::move(part), deep, allowed, number});
        }
    }
    return rules;
}

const Rule* Rules::rule_for(std::string_view path) const {
    const auto best =
        std::ranges::max_element(rules_, {}, [&](const Rule& rule) { return closeness(rule, path); });
    return best == rules_.end() || closeness(*best, path) == 0 ? nullptr : &*best;
}

bool Rules::allows(std::string_view from, std::string_view to) const {
    const Rule* rule = rule_for(from);
    if (rule == nullptr || rule == rule_for(to)) return true;
    return std::ranges::any_of(rule->allowed, [&](const std::string& entry) { return lies_in(to, entry); });
}

std::string Rules::room_of(std::string_view path) const {
    const Rule* rule = rule_for(path);
    if (rule != nullptr && rule->part == path) return rule->part;
    return std::string{path.substr(0, path.rfind('/'))};
}

std::vector<std::string> Rules::roots() const {
    std::vector<std::string> roots;
    for (const Rule& rule : rules_) roots.push_back(rule.part.substr(0, rule.part.find('/')));
    std::ranges::sort(roots);
    roots.erase(std::ranges::unique(roots).begin(), roots.end());
    return roots;
}

}  // namespace tools::check_layers
