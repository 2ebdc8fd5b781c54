// SPDX-License-Identifier: MIT
// `adyton trace`: a recorded run as text, for a viewer, as a picture or as tables.
#pragma once
#include <string>

#include "tools/trace/filter.hpp"

namespace tools::trace {

struct Request {
    std::string file, format = "summary", output;
    RawFilter filter;
    bool wide = false;
};

/// Names of the kinds of records, separated by blanks.
[[nodiscard]] std::string kind_list();

/// Reads, filters, writes; the value is the program's exit code. What is missing in the file is said on
/// stderr.
[[nodiscard]] int trace_command(const Request& request);

}  // namespace tools::trace
