// SPDX-License-Identifier: MIT
// Measured values by name, as `adyton bench --json` writes them and `--compare` reads them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "tools/support/problem.hpp"

namespace tools::bench {

struct Measured {
    std::string name, unit;
    std::uint64_t value = 0;
};
using Results = std::vector<Measured>;

[[nodiscard]] std::optional<std::uint64_t> value_of(const Results& results, std::string_view name);

/// {"schema":1,"results":[{"name":...,"unit":...,"value":...},...]}
[[nodiscard]] std::string to_json(const Results& results);
/// `file` names the source in a problem. Another schema, a missing field or a negative value is one.
[[nodiscard]] Result<Results> from_json(Bytes bytes, std::string_view file);

}  // namespace tools::bench
