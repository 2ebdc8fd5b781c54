// SPDX-License-Identifier: MIT
// The trace as tables, none wider than 80 columns.
#include <algorithm>
#include <array>
#include <ranges>

#include "abi/svsm/protocols.hpp"
#include "tools/support/terminal.hpp"
#include "tools/trace/describe.hpp"
#include "tools/trace/output.hpp"
#include "tools/trace/timeline.hpp"

namespace tools::trace {
namespace {

constexpr std::size_t most_rows = 32;  ///< of a table; what is rare is summed up

struct Level {
    std::uint64_t entries = 0, time = 0, inside = 0;
};

struct Figures {
    std::array<Level, 4> levels;
    std::map<std::string, std::vector<std::uint64_t>> calls;  ///< ticks at VMPL0 of each
    std::map<std::string, std::uint64_t> failed;
    std::map<std::string, std::uint64_t> exits, requests, kinds;
    std::uint64_t asleep = 0;
};

void count_slices(const Trace& trace, const Filter& filter, Figures& f) {
    for (const Slice& slice : build_timeline(trace).slices) {
        if (!filter.shows_cpu(slice.cpu)) continue;
        const std::uint64_t begin = std::max(slice.begin, filter.from), end = std::min(slice.end, filter.to);
        if (slice.type == Slice::Type::Sleep && begin < end) f.asleep += end - begin;
    }
}

Figures count(const Trace& trace, const Filter& filter) {
    Figures f;
    std::vector<std::optional<std::uint64_t>> entered(trace.cpu_count);
    std::vector<bool> in_call(trace.cpu_count);
    for (const Event& e : trace.events) {
        if (!filter.shows(e)) continue;
        Level& level = f.levels[e.vmpl & 3];
        ++f.kinds[kind_name(e.kind)];
        switch (e.kind) {
            case Kind::Enter:
                ++level.entries;
                entered[e.cpu] = e.time;
                break;
            case Kind::Leave:
                if (entered[e.cpu]) level.time += e.time - *entered[e.cpu];
                entered[e.cpu].reset();
                break;
            case Kind::Run:
                level.inside += e.a;
                ++f.exits[exit_name(e.value)];
                break;
            case Kind::GhcbMsr:
                if ((e.a & 0xfff) != 0) ++f.requests["MSR: " + request_name(e)];
                break;
            case Kind::GhcbEvent: ++f.requests[request_name(e)]; break;
            case Kind::CallBegin: in_call[e.cpu] = true; break;
            case Kind::CallEnd:
                if (!in_call[e.cpu]) break;  // the launch of the guest is no answer
                in_call[e.cpu] = false;
                f.calls[call_name(e.a)].push_back(e.c);
                if (e.b != 0) ++f.failed[call_name(e.a)];
                break;
            default: break;
        }
    }
    count_slices(trace, filter, f);
    return f;
}

std::string us(const Trace& trace, std::uint64_t ticks) {
    return formatted("{:.3f}", trace.ns(trace.begin + ticks) / 1e3);
}

std::string levels_table(const Trace& trace, const Figures& f) {
    const std::string_view unit = trace.ticks_are_instructions ? "instructions" : "ticks inside";
    std::string text = formatted("\n  {:<10} {:>10} {:>16} {:>16}\n", "level", "entries", "time us", unit);
    for (std::size_t v = 0; v < f.levels.size(); ++v)
        if (f.levels[v].entries != 0)
            text += formatted("  VMPL{:<6} {:>10} {:>16} {:>16}\n", v, f.levels[v].entries,
                              us(trace, f.levels[v].time), f.levels[v].inside);
    return text + formatted("  {:<10} {:>10} {:>16}\n", "asleep", "", us(trace, f.asleep));
}

std::string calls_table(const Trace& trace, Figures& f) {
    if (f.calls.empty()) return {};
    std::string text =
        formatted("\n  {:<26} {:>7} {:>7} {:>9} {:>9} {:>11}\n",
                  formatted("call ({} at VMPL0)", trace.ticks_are_instructions ? "instr." : "ticks"), "count",
                  "failed", "min", "median", "max");
    for (auto& [name, costs] : f.calls) {
        std::ranges::sort(costs);
        text += formatted("  {:<26} {:>7} {:>7} {:>9} {:>9} {:>11}\n", name, costs.size(), f.failed[name],
                          costs.front(), costs[costs.size() / 2], costs.back());
    }
    return text;
}

std::string counts_table(std::string_view head, const std::map<std::string, std::uint64_t>& counts) {
    if (counts.empty()) return {};
    std::vector<std::pair<std::string, std::uint64_t>> rows{counts.begin(), counts.end()};
    std::ranges::stable_sort(rows, std::greater{}, &std::pair<std::string, std::uint64_t>::second);
    std::string text = formatted("\n  {:<40} {:>10}\n", head, "count");
    for (const auto& [name, value] : rows | std::views::take(most_rows))
        text += formatted("  {:<40} {:>10}\n", name, value);
    if (rows.size() <= most_rows) return text;
    std::uint64_t others = 0;
    for (const auto& [name, value] : rows | std::views::drop(most_rows)) others += value;
    return text + formatted("  {:<40} {:>10}\n", formatted("{} others", rows.size() - most_rows), others);
}

std::string starts_table(const Trace& trace, const Filter& filter) {
    std::string text;
    for (const Flow& flow : build_timeline(trace).flows)
        if (flow.type == Flow::Type::ApStart && filter.shows_cpu(flow.to_cpu) && flow.from >= filter.from &&
            flow.to <= filter.to)
            text += formatted("  vCPU {:<5} {:>6} {:>16} {:>16} {:>12}\n", flow.to_cpu, flow.from_cpu,
                              us(trace, flow.from - trace.begin), us(trace, flow.to - trace.begin),
                              us(trace, flow.to - flow.from));
    if (text.empty()) return text;
    return formatted("\n  {:<10} {:>6} {:>16} {:>16} {:>12}\n", "AP start", "by", "asked at us",
                     "entered at us", "took us") +
           text;
}

/// Only for the whole trace: a part cannot agree.
std::string comparison(const Trace& trace) {
    const auto ours = totals_of(trace);
    std::string text = formatted("\n  {:<40} {:>10} {:>10}\n", "total", "records", "machine");
    bool agree = true;
    for (const auto& [name, value] : trace.counters) {
        const auto found = ours.find(name);
        if (found == ours.end()) continue;
        const bool same = found->second == value;
        agree &= same;
        text += formatted("  {:<40} {:>10} {:>10}{}\n", printable(name), found->second, value,
                          same ? "" : "  differs");
    }
    if (trace.counters.empty()) return text + "  the machine's own counters are not in this file\n";
    return text + (agree ? "  the records agree with the machine's counters\n"
                         : "  the records do NOT agree with the machine's counters\n");
}

}  // namespace

std::map<std::string, std::uint64_t> totals_of(const Trace& trace) {
    std::map<std::string, std::uint64_t> totals{
        {"svsm_calls", 0}, {"world_switches", 0}, {"nested_faults", 0}, {"native_exits", 0}};
    std::vector<bool> in_call(trace.cpu_count);
    for (const Event& e : trace.events) {
        switch (e.kind) {
            case Kind::Leave: ++totals["world_switches"]; break;
            case Kind::NestedFault: ++totals["nested_faults"]; break;
            case Kind::Run: ++totals["native_exits"]; break;
            case Kind::CallBegin:
                ++totals["svsm_calls"];
                in_call[e.cpu] = true;
                break;
            case Kind::CallEnd: {
                const auto call = abi::find_call(e.a);
                if (!in_call[e.cpu] || !call) break;
                in_call[e.cpu] = false;
                const std::string name{abi::svsm_calls[*call].name},
                    costs = formatted("vmpl0_{}_instructions", name);
                ++totals["calls_" + name];
                if (!trace.ticks_are_instructions) break;
                const auto [least, is_new] = totals.try_emplace(costs, e.c);
                if (!is_new) least->second = std::min(least->second, e.c);
                totals[costs + "_total"] += e.c;
                break;
            }
            default: break;
        }
    }
    return totals;
}

std::string to_summary(const Trace& trace, const Filter& filter) {
    Figures f = count(trace, filter);
    const auto fact = [&](std::string_view name) {
        const auto found = trace.facts.find(name);
        return found == trace.facts.end() ? std::string{"?"} : printable(found->second);
    };
    std::string text = formatted("{} on {} vCPU{}, {} records, {} us, verdict {}\n", fact("guest"),
                                 trace.cpu_count, trace.cpu_count == 1 ? "" : "s", trace.events.size(),
                                 us(trace, trace.end - trace.begin), fact("verdict"));
    text += trace.ticks_are_instructions
                ? "one tick is one instruction and one nanosecond: figures are exact\n"
                : "times are wall-clock; record with --deterministic for exact ones\n";
    text += levels_table(trace, f) + calls_table(trace, f) + counts_table("exit of the CPU", f.exits) +
            counts_table("request to the host", f.requests) + starts_table(trace, filter) +
            counts_table("kind of record", f.kinds);
    return filter.is_everything() ? text + comparison(trace) : text;
}

}  // namespace tools::trace
