// SPDX-License-Identifier: MIT
#include "tools/profile/tree.hpp"

#include <algorithm>
#include <set>

namespace tools::profile {
namespace {

constexpr std::size_t shown_functions = 30;

/// Names on the way from the root to `node`, its own function left out: that one is named by the instruction.
std::vector<std::string> callers_of(const count::Result& counted, unsigned node, const NamesAt& names) {
    std::vector<unsigned> path;
    for (unsigned at = node; at > count::call_root; at = counted.nodes[at].parent) path.push_back(at);
    std::vector<std::string> list;
    for (std::size_t i = path.size(); i-- > 0;) {
        // What called the root's children has no name: the CPU started there, or was in there already.
        if (counted.nodes[path[i]].parent <= count::call_root) continue;
        const auto& at_site = names(counted.nodes[path[i]].site);
        list.insert(list.end(), at_site.begin(), at_site.end());
    }
    return list;
}

unsigned root_of(const count::Result& counted, unsigned node) {
    while (node > count::call_root) node = counted.nodes[node].parent;
    return node;
}

void add(Frame& tree, const std::vector<std::string>& callers, const std::vector<std::string>& own,
         bool zeroes, std::uint64_t times) {
    Frame* at = &tree;
    const auto enter = [&](const std::string& name) {
        at->total += times;
        at = &at->children[name];
        at->name = name;
    };
    for (const auto& name : callers) enter(name);
    for (const auto& name : own) enter(name);
    if (zeroes) enter(zeroing_name);
    at->total += times;
    at->self += times;
}

void collect(const Frame& frame, std::set<std::string>& active, std::map<std::string, Function>& all) {
    const bool is_outermost = active.insert(frame.name).second;
    Function& function = all[frame.name];
    function.name = frame.name;
    function.self += frame.self;
    if (is_outermost) function.total += frame.total;
    for (const auto& [name, child] : frame.children) collect(child, active, all);
    if (is_outermost) active.erase(frame.name);
}

double percent(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

/// The end of a qualified name says most.
std::string shortened(const std::string& name, std::size_t most) {
    return name.size() <= most ? name : ".." + name.substr(name.size() - most + 2);
}

}  // namespace

Frame make_tree(const count::Result& counted, unsigned root, const NamesAt& names, const IsZeroing& zeroes) {
    Frame tree{.name = root == count::boot_root ? "boot" : "calls"};
    std::map<unsigned, std::vector<std::string>> callers;
    for (const count::Count& count : counted.counts) {
        if (root_of(counted, count.node) != root) continue;
        const auto [found, is_new] = callers.try_emplace(count.node);
        if (is_new) found->second = callers_of(counted, count.node, names);
        add(tree, found->second, names(count.address), zeroes(count.address), count.times);
    }
    return tree;
}

std::vector<Function> by_function(const Frame& tree) {
    std::map<std::string, Function> all;
    std::set<std::string> active;
    for (const auto& [name, child] : tree.children) collect(child, active, all);
    std::vector<Function> list;
    for (auto& [name, function] : all) list.push_back(std::move(function));
    std::ranges::stable_sort(list, std::greater{}, &Function::self);
    return list;
}

std::string table(const Frame& tree, std::uint64_t entries) {
    const auto functions = by_function(tree);
    std::string text = formatted("  {:>11}{:>7}{:>11}  {}\n", "self", "%", "total", "function");
    for (std::size_t i = 0; i < functions.size() && i < shown_functions; ++i)
        text += formatted("  {:>11}{:>7.1f}{:>11}  {}\n", functions[i].self,
                          percent(functions[i].self, tree.total), functions[i].total,
                          shortened(functions[i].name, 45));
    std::uint64_t zeroing = 0;
    for (const Function& function : functions)
        if (function.name == zeroing_name) zeroing = function.self;
    return text + formatted("\n  {} instructions and {} steps of REP STOS in {} entries of VMPL0\n",
                            tree.total - zeroing, zeroing, entries);
}

}  // namespace tools::profile
