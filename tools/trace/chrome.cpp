// SPDX-License-Identifier: MIT
// Trace Event Format: B and E for what lasts, i for what does not, s and f for causes.
// [Chromium "Trace Event Format"]
#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/trace/describe.hpp"
#include "tools/trace/output.hpp"
#include "tools/trace/timeline.hpp"

namespace tools::trace {
namespace {

using Json = nlohmann::ordered_json;

/// Begin and end of these are edges of slices; the rest are moments.
bool is_part_of_a_slice(Kind kind) { return kind == Kind::Enter || kind == Kind::Run || kind == Kind::Text; }

std::string_view category(Slice::Type type) {
    switch (type) {
        case Slice::Type::World: return "vmpl";
        case Slice::Type::Host: return "host";
        case Slice::Type::Run: return "run";
        case Slice::Type::Sleep: return "sleep";
    }
    return "";
}

class Writer {
public:
    Writer(const Trace& trace, const Filter& filter)
        : trace_{trace},
          filter_{filter},
          from_{std::max(filter.from, trace.begin)},
          to_{std::min(filter.to, trace.end)} {}

    std::string write() {
        const Timeline timeline = build_timeline(trace_);
        meta("process_name", std::nullopt, {{"name", "Adyton: an SEV-SNP machine"}});
        for (std::uint32_t cpu = 0; cpu < trace_.cpu_count; ++cpu) {
            if (!filter_.shows_cpu(cpu)) continue;
            meta("thread_name", cpu, {{"name", formatted("vCPU {}", cpu)}});
            meta("thread_sort_index", cpu, {{"sort_index", cpu}});
            for (const Edge& edge : timeline.edges[cpu]) write_edge(edge, timeline.slices[edge.slice]);
        }
        for (const Event& e : trace_.events)
            if (!is_part_of_a_slice(e.kind) && filter_.shows(e))
                add({{"name", title(e)}, {"cat", kind_name(e.kind)}, {"ph", "i"}, {"s", "t"}}, e.cpu, e.time,
                    {{"details", details(e)}, {"vmpl", e.vmpl}});
        for (const Line& line : timeline.lines) write_line(line);
        for (std::size_t i = 0; i < timeline.flows.size(); ++i) write_flow(i, timeline.flows[i]);
        return "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n" + text_ + "\n]}\n";
    }

private:
    void add(Json event, std::uint32_t cpu, std::uint64_t time, Json args = nullptr) {
        event["pid"] = 1;
        event["tid"] = cpu;
        event["ts"] = trace_.ns(time) / 1e3;
        if (!args.is_null()) event["args"] = std::move(args);
        put(event);
    }
    void meta(std::string_view name, std::optional<std::uint32_t> cpu, Json args) {
        Json event{{"name", name}, {"ph", "M"}, {"pid", 1}};
        if (cpu) event["tid"] = *cpu;
        event["args"] = std::move(args);
        put(event);
    }
    void put(const Json& event) {
        if (!text_.empty()) text_ += ",\n";
        text_ += event.dump(-1, ' ', true, Json::error_handler_t::replace);
    }

    /// Cut at the borders of the filter, so that what remains is nested as properly as the whole.
    void write_edge(const Edge& edge, const Slice& slice) {
        // Most of all slices: a user that asks for some kinds only wants a file that a viewer can open.
        if (slice.type == Slice::Type::Run && !filter_.kinds.empty() && !filter_.kinds.contains(Kind::Run))
            return;
        if (slice.end < from_ || slice.begin > to_) return;
        if (!filter_.vmpls.empty() && !filter_.vmpls.contains(slice.vmpl)) return;
        const std::uint64_t time = std::clamp(edge.time, from_, to_);
        if (!edge.begins)
            return add({{"name", slice.name}, {"cat", category(slice.type)}, {"ph", "E"}}, slice.cpu, time);
        Json args{{"vmpl", slice.vmpl}};
        if (slice.ticks != 0) args[trace_.ticks_are_instructions ? "instructions" : "ticks"] = slice.ticks;
        if (!slice.result.empty()) args["result"] = slice.result;
        add({{"name", slice.name}, {"cat", category(slice.type)}, {"ph", "B"}}, slice.cpu, time,
            std::move(args));
    }
    void write_line(const Line& line) {
        if (!filter_.shows_cpu(line.cpu) || line.time < from_ || line.time > to_) return;
        if (!filter_.kinds.empty() && !filter_.kinds.contains(Kind::Text)) return;
        add({{"name", line.text}, {"cat", line.is_mark ? "mark" : "console"}, {"ph", "i"}, {"s", "p"}},
            line.cpu, line.time);
    }
    /// Both ends or none: a reader complains about half an arrow.
    void write_flow(std::size_t id, const Flow& flow) {
        if (!filter_.shows_cpu(flow.from_cpu) || !filter_.shows_cpu(flow.to_cpu)) return;
        if (flow.from < from_ || flow.to > to_ || !filter_.vmpls.empty()) return;
        const std::string_view kind = flow.type == Flow::Type::ApStart ? "ap" : "call";
        add({{"name", flow.name}, {"cat", kind}, {"ph", "s"}, {"id", id}}, flow.from_cpu, flow.from);
        add({{"name", flow.name}, {"cat", kind}, {"ph", "f"}, {"bp", "e"}, {"id", id}}, flow.to_cpu, flow.to);
    }

    const Trace& trace_;
    const Filter& filter_;
    std::uint64_t from_, to_;
    std::string text_;
};

}  // namespace

std::string to_chrome(const Trace& trace, const Filter& filter) { return Writer{trace, filter}.write(); }

}  // namespace tools::trace
