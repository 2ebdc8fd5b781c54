// SPDX-License-Identifier: MIT
// The fields of a report as rows, for both forms of the listing.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/report/parse.hpp"

namespace tools::attestation {

struct Field {
    std::string title;  ///< at most 16 characters
    std::string key;    ///< in JSON
    std::vector<std::string> lines;
    nlohmann::ordered_json value;
};

/// In the order of the report. Fields that its version does not have are left out.
[[nodiscard]] std::vector<Field> fields_of(const Report& report);

}  // namespace tools::attestation
