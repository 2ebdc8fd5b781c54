// SPDX-License-Identifier: MIT
// Attestation reports as a host may send them: what is taken can be shown, and is never believed without certificates.
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/fuzz/fuzz.hpp"
#include "tools/report/show.hpp"
#include "tools/report/verify.hpp"

namespace {

constexpr std::size_t columns = 80;

void expect_narrow(const std::string& text) {
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);)
        fuzz::expect(line.size() <= columns, "a line is longer than a terminal is wide");
}

}  // namespace

void fuzz::one_input(Bytes input) {
    using namespace tools::attestation;
    static const Floor floor = *parse_floor(built_in_floor(), "floor.txt");
    const auto report = parse(input, "r");
    if (!report) {
        expect(report.error().sentence.find('r') == 0, "a sentence does not name the file");
        return;
    }
    expect(input.size() == sizeof report->raw, "a report of another size is taken");
    expect_narrow(show(*report, "r"));
    const auto json = nlohmann::json::parse(show_as_json(*report, "r"), nullptr, false);
    expect(json.is_object() && json["version"] == report->raw.version, "the JSON does not parse");
    const Evidence evidence{*report, {}, {.floor = floor, .now = 1'800'000'000}};
    const Verdict verdict = verify(evidence);
    expect(!verdict.is_good, "a report without certificates is believed");
    expect_narrow(text_of(verdict));
}
