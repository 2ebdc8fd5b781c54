// SPDX-License-Identifier: MIT
#include "tools/test/report.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/result.hpp"

namespace tools::test {
namespace {

using nlohmann::json;

std::vector<std::string> labels_of(const json& test) {
    std::vector<std::string> labels;
    for (const json& property : test.value("properties", json::array())) {
        if (!property.is_object() || property.value("name", json{}) != "LABELS") continue;
        for (const json& label : property.value("value", json::array()))
            if (label.is_string()) labels.push_back(label);
    }
    return labels;
}

/// The five characters that XML cannot show as they are.
std::string unescaped(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, char>, 5> names{
        {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}}};
    std::string plain;
    while (!text.empty()) {
        const auto name =
            std::ranges::find_if(names, [&](const auto& pair) { return text.starts_with(pair.first); });
        plain += name == names.end() ? text.front() : name->second;
        text.remove_prefix(name == names.end() ? 1 : name->first.size());
    }
    return plain;
}

/// Value of an attribute in `tag`, which is what stands between '<' and '>'.
std::optional<std::string> attribute(std::string_view tag, const std::string& name) {
    const auto begin = tag.find(" " + name + "=\"");
    if (begin == std::string_view::npos) return std::nullopt;
    const auto value = tag.substr(begin + name.size() + 3);
    const auto end = value.find('"');
    if (end == std::string_view::npos) return std::nullopt;
    return unescaped(value.substr(0, end));
}

/// `inside` is what stands between the tag of the test and its end.
Outcome outcome_of(std::string_view status, std::string_view inside) {
    if (status == "run") return Outcome::Passed;
    if (status == "disabled") return Outcome::Skipped;
    // "notrun" is also a program that is missing, and a test whose fixture failed.
    const bool asked_for = inside.find("<skipped message=\"SKIP_") != std::string_view::npos;
    return status == "notrun" && asked_for ? Outcome::Skipped : Outcome::Failed;
}

}  // namespace

bool TestCase::has_label(std::string_view label) const {
    return std::ranges::find(labels, label) != labels.end();
}

Result<std::vector<TestCase>> parse_list(std::string_view text) {
    // Programs of tests that ctest asks for their names may write before it does.
    const auto begin = text.find('{');
    if (begin != std::string_view::npos) text.remove_prefix(begin);
    const json document = json::parse(text, nullptr, false);
    if (!document.is_object() || !document.contains("tests") || !document["tests"].is_array())
        return problem("ctest's list of tests is not the JSON that was asked for; is it older than 3.14?");
    std::vector<TestCase> tests;
    for (const json& test : document["tests"]) {
        if (!test.is_object() || !test.contains("name") || !test["name"].is_string())
            return problem("ctest's list of tests has one without a name");
        tests.push_back({test["name"], labels_of(test)});
    }
    return tests;
}

Result<std::vector<Timed>> parse_junit(std::string_view xml) {
    constexpr std::string_view opening = "<testcase ", closing = "</testcase>";
    std::vector<Timed> tests;
    // What a test wrote is escaped, so that it cannot open an element of its own.
    for (auto at = xml.find(opening); at != std::string_view::npos; at = xml.find(opening, at)) {
        const auto end_of_tag = xml.find('>', at), end = std::min(xml.find(closing, at), xml.size());
        const auto tag = xml.substr(at, std::min(end_of_tag, end) - at);
        const auto name = attribute(tag, "name"), time = attribute(tag, "time"),
                   status = attribute(tag, "status");
        if (!name || !time || !status)
            return problem("ctest's results have a test without name, time and status");
        tests.push_back(
            {*name, std::strtod(time->c_str(), nullptr), outcome_of(*status, xml.substr(at, end - at))});
        at = end;
    }
    if (tests.empty()) return problem("ctest's results name no test");
    return tests;
}

}  // namespace tools::test
