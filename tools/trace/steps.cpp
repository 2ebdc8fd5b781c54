// SPDX-License-Identifier: MIT
// Chooses the events that a reader should see first.
#include "tools/trace/steps.hpp"

#include <algorithm>

#include "tools/trace/describe.hpp"

namespace tools::trace {
namespace {

constexpr std::size_t most_steps = 32;

/// Said better by the event before or after it, or by the picture itself.
bool is_noise(const Event& e) {
    switch (e.kind) {
        case Kind::Run:
        case Kind::Text:
        case Kind::GhcbMsrReply:
        case Kind::GhcbEventReply: return true;
        case Kind::GhcbMsr: return (e.a & 0xfff) == 0;
        default: return false;
    }
}

bool is_headline(const Event& e) {
    switch (e.kind) {
        case Kind::Launch:
        case Kind::ApCreate:
        case Kind::ApStart: return true;
        case Kind::Sleep:
        case Kind::Wake: return e.detail == 0;  // idling until the next interrupt is everyday life
        default: return false;
    }
}

}  // namespace

std::vector<Step> choose_steps(const Trace& trace, const Timeline& timeline, const Filter& filter) {
    std::vector<Step> all, headlines;
    for (const Event& e : trace.events) {
        if (!filter.shows(e) || is_noise(e)) continue;
        const Step step{e.time, e.cpu, e.vmpl, title(e), details(e)};
        if (all.size() <= most_steps) all.push_back(step);
        if (is_headline(e)) headlines.push_back(step);
    }
    std::vector<Step> lines;
    for (const Line& line : timeline.lines)
        if (filter.shows_cpu(line.cpu) && line.time >= filter.from && line.time <= filter.to &&
            (filter.kinds.empty() || filter.kinds.contains(Kind::Text)))
            lines.push_back({line.time,
                             line.cpu,
                             line.vmpl,
                             formatted("{}: {}", line.is_mark ? "mark" : "console", line.text),
                             {}});
    std::vector<Step>& chosen = all.size() + lines.size() <= most_steps ? all : headlines;
    if (chosen.size() + lines.size() <= most_steps) chosen.insert(chosen.end(), lines.begin(), lines.end());
    if (chosen.size() > most_steps) chosen.resize(most_steps);
    std::ranges::stable_sort(chosen, {}, &Step::time);
    return chosen;
}

}  // namespace tools::trace
