// SPDX-License-Identifier: MIT
// Both directions of "the table is the tree".
#include "tools/check_layers/edges.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "tools/support/format.hpp"

namespace tools::check_layers {
namespace {

/// What is wrong with one include; empty for nothing.
std::string check_include(const std::filesystem::path& root, const std::string& from,
                          const std::string& target, const Rules& rules) {
    if (target.find("..") != target.npos || target.find('/') == target.npos)
        return formatted("include \"{}\" is not written from the root", target);
    if (!std::ranges::contains(rules.roots(), target.substr(0, target.find('/'))))
        return formatted("include \"{}\" lies in no directory of docs/boundaries.md", target);
    // Headers that the build makes lie beside the sources they belong to, in the build folder.
    const bool generated = target.ends_with(".inc") || target.find("generated") != target.npos;
    if (!generated && !std::filesystem::exists(root / target))
        return formatted("include \"{}\" does not exist below the root", target);
    if (!rules.allows(from, target))
        return formatted("may not include \"{}\": see docs/boundaries.md", target);
    return {};
}

using SourcesByRule = std::map<const Rule*, std::vector<const Source*>>;

/// An include that leaves the part of `rule` and needs `entry`.
bool uses(const Rules& rules, const Rule& rule, const Source& source, const std::string& entry) {
    return std::ranges::any_of(source.includes, [&](const Include& include) {
        return rules.rule_for(include.target) != &rule && lies_in(include.target, entry);
    });
}

}  // namespace

std::vector<std::string> check_source(const std::filesystem::path& root, const Source& source,
                                      const Rules& rules) {
    std::vector<std::string> findings;
    for (const auto& [target, line] : source.includes) {
        const std::string finding = check_include(root, source.path, target, rules);
        if (!finding.empty()) findings.push_back(formatted("{}:{}: {}", source.path, line, finding));
    }
    if (!source.licensed)
        findings.push_back(formatted("{}:1: has no SPDX-License-Identifier line", source.path));
    return findings;
}

std::vector<std::string> rooms_without_row(std::span<const Source> sources, const Rules& rules) {
    std::vector<std::string> findings;
    std::set<std::string> told;
    for (const Source& source : sources)
        if (rules.rule_for(source.path) == nullptr && told.insert(rules.room_of(source.path)).second)
            findings.push_back(formatted("{}:1: its folder has no row in docs/boundaries.md", source.path));
    return findings;
}

std::vector<std::string> unused_grants(std::span<const Source> sources, const Rules& rules) {
    SourcesByRule by_rule;
    for (const Source& source : sources) by_rule[rules.rule_for(source.path)].push_back(&source);
    std::vector<std::string> findings;
    for (const Rule& rule : rules.all()) {
        const auto& files = by_rule[&rule];
        if (files.empty())
            findings.push_back(
                formatted("docs/boundaries.md:{}: `{}` names no source file", rule.line, rule.part));
        for (const std::string& entry : rule.allowed)
            if (std::ranges::none_of(files, [&](const Source* s) { return uses(rules, rule, *s, entry); }))
                findings.push_back(
                    formatted("docs/boundaries.md:{}: `{}` may include `{}`, and no file of it does",
                              rule.line, rule.part, entry));
    }
    return findings;
}

}  // namespace tools::check_layers
