// SPDX-License-Identifier: MIT
// Published attacks, and what a report must show to exclude them: a dated table, ours or another one.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/report/parse.hpp"

namespace tools::attestation {

/// One condition: "snp>=24", "firmware>=1.55.22", "alias-check".
struct Term {
    enum class Kind {
        Tcb,       ///< a part of both reported and launch TCB is at least `value`
        Firmware,  ///< the committed firmware is at least `firmware`
        Fix,       ///< bit `value` of CURRENT_MIT_VECTOR is set
        Platform,  ///< a bit of PLATFORM_INFO is set, or clear
        Policy,    ///< a bit of the policy is set
        Never,     ///< no report excludes the attack
        Unknown,   ///< what excludes it is not known to the table
    };
    Kind kind;
    std::string text;               ///< as written
    unsigned TcbParts::*part = {};  ///< of `Tcb`, but for the FMC
    bool is_fmc = false, is_clear = false;
    std::uint64_t value = 0;  ///< a number, or a mask of bits
    abi::FirmwareVersion firmware{};
};

struct FloorRow {
    std::string attack, source;
    std::vector<Product> products;
    bool is_demand = false;                       ///< else a note, which no verdict depends on
    std::vector<std::vector<Term>> alternatives;  ///< of which one must hold, with all of its terms
    std::string requirement;                      ///< as written
};

struct Floor {
    std::string date;  ///< "2026-11-28"
    std::vector<FloorRow> rows;
};

/// From the text of such a table; the one that is built in says how it is written. A problem names the line: a wrong
/// number of columns, a name or a condition that is not known, no date.
[[nodiscard]] Result<Floor> parse_floor(std::string_view text, const std::string& name);
/// The table that is built in.
[[nodiscard]] std::string_view built_in_floor();

enum class Exclusion { Excluded, NotExcluded, Unknown };
/// Whether the report excludes the attack of a row that is about its chip.
[[nodiscard]] Exclusion judge(const FloorRow& row, const Report& report);

}  // namespace tools::attestation
