// SPDX-License-Identifier: MIT
// The trace as lines.
#include "tools/support/terminal.hpp"
#include "tools/trace/describe.hpp"
#include "tools/trace/output.hpp"

namespace tools::trace {
namespace {

constexpr std::size_t columns = 80;

std::string line_of(const Trace& trace, const Event& e, bool wide) {
    std::string line =
        formatted("{:>13.3f} {:>3} {:>4}  {:<16} ", trace.ns(e.time) / 1e3, e.cpu, e.vmpl, kind_name(e.kind));
    line += title(e);
    const std::string rest = printable(details(e));
    // The text that software wrote is the point of such a record.
    if ((wide || e.kind == Kind::Text) && !rest.empty()) line += " | " + rest;
    for (char& c : line)
        if (c == '\n' || c == '\r' || c == '\t' || c == '\b') c = ' ';
    if (!wide && line.size() > columns) line.resize(columns);
    return line + "\n";
}

}  // namespace

std::string to_text(const Trace& trace, const Filter& filter, bool wide) {
    std::string text = "      time us cpu vmpl  kind             what\n";
    for (const Event& e : trace.events)
        if (filter.shows(e)) text += line_of(trace, e, wide);
    return text;
}

}  // namespace tools::trace
