// SPDX-License-Identifier: MIT
#include "tools/bench/budget.hpp"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace tools::bench {
namespace {

using Numbers = std::map<std::string, std::uint64_t>;

bool read_table(const toml::table& document, std::string_view name, Numbers& numbers) {
    const toml::table* const table = document[name].as_table();
    if (table == nullptr) return false;
    for (const auto& [key, node] : *table) {
        const auto value = node.value_exact<std::int64_t>();
        if (!value || *value < 0) return false;
        numbers[std::string{key.str()}] = static_cast<std::uint64_t>(*value);
    }
    return true;
}

std::string table_text(std::string_view name, const Numbers& numbers) {
    std::string text = formatted("\n[{}]\n", name);
    for (const auto& [key, value] : numbers) text += formatted("\"{}\" = {}\n", key, value);
    return text;
}

}  // namespace

Result<Budget> read_budget(Bytes bytes, std::string_view file) {
    const auto parsed =
        toml::parse(std::string_view{reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (!parsed)
        return problem("{}, line {}: {}", file, parsed.error().source().begin.line,
                       parsed.error().description());
    Budget budget;
    if (!read_table(parsed.table(), "budget", budget.limits) ||
        !read_table(parsed.table(), "goal", budget.goals))
        return problem("{} needs the tables [budget] and [goal], names in quotes and whole numbers", file);
    return budget;
}

std::string write_budget(const Budget& budget, const Results& results) {
    Numbers limits = budget.limits;
    for (auto& [name, limit] : limits) limit = value_of(results, name).value_or(limit);
    return "# SPDX-License-Identifier: MIT\n"
           "# Exact counts that a change may not raise unnoticed (docs/bench.md). Written by\n"
           "# `./adyton bench --accept`, which puts the counts of today here; say in the commit why they "
           "grew.\n" +
           table_text("budget", limits) + "\n# What is promised. A missed goal is shown, it fails nothing." +
           table_text("goal", budget.goals);
}

std::vector<Excess> excesses(const Budget& budget, const Results& results) {
    std::vector<Excess> list;
    for (const auto& [name, limit] : budget.limits) {
        const auto value = value_of(results, name);
        if (!value || *value > limit) list.push_back({name, limit, value});
    }
    return list;
}

std::string complaint(const std::vector<Excess>& excesses) {
    if (excesses.empty()) return {};
    std::string text = "adyton: the budget is exceeded:\n";
    for (const Excess& e : excesses)
        text += e.value ? formatted("  {:<36} {} instead of {} (+{})\n", e.name, *e.value, e.limit,
                                    *e.value - e.limit)
                        : formatted("  {:<36} not measured, {} allowed\n", e.name, e.limit);
    return text +
           "If this is worth its price: ./adyton bench --accept, and commit bench/budget.toml\n"
           "with the reason. Where the instructions go: ./adyton profile bench\n";
}

}  // namespace tools::bench
