// SPDX-License-Identifier: MIT
#include "tools/bench/results.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tools::bench {
namespace {

using nlohmann::json;
constexpr unsigned schema = 1;

std::optional<Measured> measured(const json& entry) {
    if (!entry.is_object() || !entry.contains("name") || !entry.contains("unit") || !entry.contains("value"))
        return std::nullopt;
    if (!entry["name"].is_string() || !entry["unit"].is_string() || !entry["value"].is_number_unsigned())
        return std::nullopt;
    return Measured{entry["name"], entry["unit"], entry["value"]};
}

}  // namespace

std::optional<std::uint64_t> value_of(const Results& results, std::string_view name) {
    const auto found = std::ranges::find(results, name, &Measured::name);
    return found == results.end() ? std::nullopt : std::optional{found->value};
}

std::string to_json(const Results& results) {
    // Ordered, so that two files can be compared with diff(1).
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Measured& m : results)
        list.push_back({{"name", m.name}, {"unit", m.unit}, {"value", m.value}});
    return nlohmann::ordered_json{{"schema", schema}, {"results", list}}.dump(1) + "\n";
}

Result<Results> from_json(Bytes bytes, std::string_view file) {
    const auto* const text = reinterpret_cast<const char*>(bytes.data());
    const json document = json::parse(text, text + bytes.size(), nullptr, false);
    if (!document.is_object() || document.value("schema", json{}) != schema ||
        !document.contains("results") || !document["results"].is_array())
        return problem("{} is not what adyton bench --json writes (schema {})", file, schema);
    Results results;
    for (const json& entry : document["results"]) {
        const auto one = measured(entry);
        if (!one) return problem("{} has a result without name, unit and value", file);
        results.push_back(*one);
    }
    return results;
}

}  // namespace tools::bench
