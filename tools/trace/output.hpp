// SPDX-License-Identifier: MIT
// The four forms of a trace. Pure: a trace and a filter in, text out.
#pragma once
#include <string>

#include "tools/trace/filter.hpp"

namespace tools::trace {

/// One line per record, aligned; `wide` adds the details, which do not fit 80 columns.
[[nodiscard]] std::string to_text(const Trace& trace, const Filter& filter, bool wide);
/// Trace Event Format, JSON: opens in Perfetto's viewer and in chrome://tracing.
[[nodiscard]] std::string to_chrome(const Trace& trace, const Filter& filter);
/// A picture: a lane per vCPU, a colour per VMPL, arrows for causes, a numbered list of steps when
/// there are few.
[[nodiscard]] std::string to_svg(const Trace& trace, const Filter& filter);
/// Tables: time per level, calls, exits, requests, AP starts, and the machine's own counters beside ours.
[[nodiscard]] std::string to_summary(const Trace& trace, const Filter& filter);

/// The totals of the records, under the names of the machine's counters.
[[nodiscard]] std::map<std::string, std::uint64_t> totals_of(const Trace& trace);

}  // namespace tools::trace
