// SPDX-License-Identifier: MIT
// Reads the table, and judges a row of it.
#include "tools/report/floor.hpp"

#include <algorithm>
#include <array>

#include "base/result.hpp"
#include "tools/report/floor_term.hpp"

namespace tools::attestation {
namespace {

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
constexpr char built_in[] = {
#embed "floor.txt"
};
#pragma clang diagnostic pop

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r"), last = text.find_last_not_of(" \t\r");
    return first == text.npos ? std::string_view{} : text.substr(first, last - first + 1);
}

/// Parts of `text` between separators, trimmed; at least one.
std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto at = text.find(separator);
        parts.push_back(trimmed(text.substr(0, at)));
        if (at == text.npos) return parts;
        text.remove_prefix(at + separator.size());
    }
}

Result<std::vector<Product>> parse_products(std::string_view text) {
    constexpr std::array all{Product::Milan, Product::Genoa, Product::Turin};
    if (text == "all") return std::vector(all.begin(), all.end());
    std::vector<Product> products;
    for (const std::string_view name : split(text, ",")) {
        const auto product = std::ranges::find(all, name, [](Product p) { return name_of(p); });
        if (product == all.end())
            return problem("there is no chip '{}'; choose from: Milan, Genoa, Turin, all", name);
        products.push_back(*product);
    }
    return products;
}

Result<FloorRow> parse_row(std::string_view line) {
    enum { Attack, Chips, Level, Requirement, Source, Columns };
    const auto columns = split(line, "|");
    if (columns.size() != Columns)
        return problem(
            "{} columns; a line has {}: attack | chips | demand or note | what it must show | source",
            columns.size(), static_cast<int>(Columns));
    if (columns[Attack].empty()) return problem("the attack has no name");
    FloorRow row;
    row.attack = columns[Attack];
    row.source = columns[Source];
    row.requirement = columns[Requirement];
    row.products = TRY(parse_products(columns[Chips]));
    if (columns[Level] != "demand" && columns[Level] != "note")
        return problem("'{}' is neither demand nor note", columns[Level]);
    row.is_demand = columns[Level] == "demand";
    for (const std::string_view group : split(columns[Requirement], " or ")) {
        row.alternatives.emplace_back();
        for (const std::string_view term : split(group, " and "))
            row.alternatives.back().push_back(TRY(parse_term(term)));
    }
    return row;
}

bool is_date(std::string_view text) {
    constexpr std::string_view form = "0000-00-00";
    return std::ranges::equal(text, form,
                              [](char c, char f) { return f == '-' ? c == f : c >= '0' && c <= '9'; });
}

}  // namespace

std::string_view built_in_floor() { return {built_in, sizeof built_in}; }

Result<Floor> parse_floor(std::string_view text, const std::string& name) {
    constexpr std::string_view date = "date ";
    Floor floor;
    std::size_t number = 0;
    for (const std::string_view line : split(text, "\n")) {
        ++number;
        if (line.empty() || line.starts_with('#')) continue;
        if (line.starts_with(date) && floor.date.empty() && is_date(trimmed(line.substr(date.size())))) {
            floor.date = trimmed(line.substr(date.size()));
            continue;
        }
        auto row = parse_row(line);
        if (!row) return problem("{}: line {}: {}", name, number, row.error().sentence);
        floor.rows.push_back(std::move(*row));
    }
    if (floor.date.empty()) return problem("{}: the table has no line like 'date 2026-11-28'", name);
    return floor;
}

Exclusion judge(const FloorRow& row, const Report& report) {
    bool is_unknown = false;
    for (const auto& terms : row.alternatives) {
        const auto of = [&](Exclusion wanted) {
            return std::ranges::any_of(terms,
                                       [&](const Term& term) { return judge(term, report) == wanted; });
        };
        if (of(Exclusion::NotExcluded)) continue;
        if (!of(Exclusion::Unknown)) return Exclusion::Excluded;
        is_unknown = true;
    }
    return is_unknown ? Exclusion::Unknown : Exclusion::NotExcluded;
}

}  // namespace tools::attestation
