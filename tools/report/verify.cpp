// SPDX-License-Identifier: MIT
#include "tools/report/verify.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "tools/report/roots.hpp"
#include "tools/support/terminal.hpp"

namespace tools::attestation {
namespace {

std::string not_excluded(const FloorRow& row) {
    if (row.requirement == "never")
        return formatted("not excluded: no report can exclude it ({})", row.source);
    return formatted("not excluded: the report would have to show {} ({})", row.requirement, row.source);
}

Finding finding_of(const FloorRow& row, const Report& report) {
    switch (judge(row, report)) {
        case Exclusion::Excluded: return holds(row.requirement);
        case Exclusion::NotExcluded:
            return {row.is_demand ? Outcome::Fails : Outcome::AtRisk, not_excluded(row)};
        case Exclusion::Unknown: break;
    }
    return not_asked(formatted("what a report must show is not known here ({})", row.source));
}

/// Rows about this chip. Of a chip that nothing names no attack is excluded.
void add_floor(const Evidence& e, std::vector<Line>& lines) {
    const auto product = e.product();
    for (const FloorRow& row : e.demands.floor.rows)
        if (!product || std::ranges::find(row.products, *product) != row.products.end())
            lines.push_back({formatted("attack {}", row.attack), finding_of(row, e.report)});
}

bool is_emulated(const Evidence& e) {
    const auto chain = e.chain();
    return std::ranges::any_of(std::array{chain.ark, chain.intermediate, chain.key},
                               [](const auto* c) { return c != nullptr && is_marked_emulated(*c); });
}

std::string_view mark_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::Holds: return "ok";
        case Outcome::Fails: return "NO";
        case Outcome::NotAsked: return "--";
        case Outcome::AtRisk: return "!!";
    }
    return "?";
}

Colour colour_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::Holds: return Colour::Green;
        case Outcome::Fails: return Colour::Red;
        case Outcome::NotAsked: return Colour::Dim;
        case Outcome::AtRisk: return Colour::Yellow;
    }
    return Colour::Plain;
}

/// Names of the lines with that outcome, with commas.
std::string names_with(const Verdict& verdict, Outcome outcome, std::string_view prefix, bool is_wanted) {
    std::string names;
    for (const Line& line : verdict.lines) {
        if (line.finding.outcome != outcome || line.what.starts_with(prefix) != is_wanted) continue;
        names += (names.empty() ? "" : ", ") + line.what.substr(is_wanted ? prefix.size() : 0);
    }
    return names;
}

constexpr std::string_view attack = "attack ";

std::string verdict_text(const Verdict& verdict) {
    if (!verdict.is_good) {
        const auto failed = std::ranges::count_if(
            verdict.lines, [](const Line& line) { return line.finding.outcome == Outcome::Fails; });
        return folded(formatted("NO: {} of {} checks failed", failed, verdict.lines.size()),
                      "verdict: ", "  ", 80);
    }
    std::string text = "yes, the report is what it says";
    if (const auto left = names_with(verdict, Outcome::NotAsked, attack, false); !left.empty())
        text += formatted("; not looked at: {}", left);
    if (const auto risks = names_with(verdict, Outcome::AtRisk, attack, true); !risks.empty())
        text += formatted("; attacks that it does not exclude: {}", risks);
    return folded(text, "verdict: ", "  ", 80);
}

}  // namespace

Verdict verify(const Evidence& evidence) {
    Verdict verdict;
    verdict.lines.push_back(
        {"format", holds(formatted("a report of version {}", evidence.report.raw.version))});
    for (const auto checks : {root_checks(), chain_checks(), key_checks(), report_checks(), demand_checks()})
        for (const Check& check : checks)
            verdict.lines.push_back({std::string{check.what}, check.judge(evidence)});
    add_floor(evidence, verdict.lines);
    verdict.is_emulated = is_emulated(evidence);
    verdict.is_good = std::ranges::none_of(
        verdict.lines, [](const Line& line) { return line.finding.outcome == Outcome::Fails; });
    return verdict;
}

Verdict refuse(const Problem& format) { return {.lines = {{"format", fails(format.sentence)}}}; }

std::string text_of(const Verdict& verdict) {
    std::string text;
    for (const Line& line : verdict.lines) {
        const std::string_view mark = mark_of(line.finding.outcome);
        std::string lines = folded(printable(formatted("{}: {}", line.what, line.finding.why)),
                                   formatted("{}  ", mark), "    ", 80);
        text += lines.replace(0, mark.size(), coloured(1, colour_of(line.finding.outcome), mark));
    }
    if (verdict.is_emulated)
        text += folded("the chip is emulated and its key is public, so anybody may have made this report",
                       "EMULATED: ", "  ", 80);
    return text + verdict_text(verdict);
}

std::string json_of(const Verdict& verdict) {
    constexpr std::array<std::string_view, 4> outcomes{"holds", "fails", "not looked at", "at risk"};
    nlohmann::ordered_json checks = nlohmann::ordered_json::array();
    for (const Line& line : verdict.lines)
        checks.push_back({{"what", line.what},
                          {"outcome", outcomes[static_cast<std::size_t>(line.finding.outcome)]},
                          {"why", line.finding.why}});
    const nlohmann::ordered_json json{
        {"schema", 1}, {"verdict", verdict.is_good}, {"emulated", verdict.is_emulated}, {"checks", checks}};
    return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace tools::attestation
