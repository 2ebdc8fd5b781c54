// SPDX-License-Identifier: MIT
// Lists, times and focuses as people type them.
#include "tools/trace/filter.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/result.hpp"
#include "tools/support/list.hpp"
#include "tools/support/number.hpp"
#include "tools/trace/describe.hpp"

namespace tools::trace {
namespace {

Result<std::set<std::uint32_t>> parse_numbers(std::string_view option, const std::string& list,
                                              unsigned most) {
    std::set<std::uint32_t> numbers;
    for (const std::string& word : TRY(parse_list(option, list)))
        numbers.insert(TRY(parse_number(option, word, 0, most)));
    return numbers;
}

Result<std::set<Kind>> parse_kinds(const std::string& list) {
    std::set<Kind> kinds;
    for (const std::string& word : TRY(parse_list("--kind", list))) {
        const auto kind = kind_of(word);
        if (!kind) return problem("there is no kind '{}'; choose from: {}", word, kind_names());
        kinds.insert(*kind);
    }
    return kinds;
}

/// Nanoseconds.
Result<double> parse_time(std::string_view option, const std::string& text) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    const std::string_view unit = end;
    const double scale = unit == "ns" ? 1 : unit.empty() || unit == "us" ? 1e3 : unit == "ms" ? 1e6 : 1e9;
    const bool known = unit.empty() || unit == "ns" || unit == "us" || unit == "ms" || unit == "s";
    if (end == text.c_str() || !known || !std::isfinite(number) || number < 0 || number > 1e12)
        return problem("{} {} is not a time; write it like 250us, 1.5ms or 2s", option, text);
    return number * scale;
}

std::uint64_t ticks_of(const Trace& trace, double ns) {
    const double ticks = ns * static_cast<double>(trace.ticks_per_second) / 1e9;
    return trace.begin + (ticks < 9e18 ? static_cast<std::uint64_t>(std::llround(ticks)) : 0);
}

Result<void> focus_on_call(const std::string& words, const Trace& trace, Filter& filter) {
    const auto colon = words.find(':');
    const std::string name = words.substr(0, colon);
    const unsigned wanted = colon == std::string::npos
                                ? 1
                                : TRY(parse_number("--focus call", words.substr(colon + 1), 1, 1u << 30));
    unsigned seen = 0;
    std::vector<std::uint64_t> left(trace.cpu_count);
    const Event* begin = nullptr;
    for (const Event& e : trace.events) {
        if (e.kind == Kind::Leave && begin == nullptr) left[e.cpu] = e.time;
        const bool matches = call_name(e.a) == "core." + name || call_name(e.a) == name;
        if (e.kind == Kind::CallBegin && begin == nullptr && matches && ++seen == wanted) {
            begin = &e;
            filter.cpus = {e.cpu};
            filter.from = left[e.cpu];
        }
        // The caller's next entry completes the picture.
        if (begin != nullptr && e.cpu == begin->cpu && e.kind == Kind::Enter && e.vmpl == begin->vmpl) {
            filter.to = e.time;
            return {};
        }
    }
    return problem("there is no call number {} of '{}' in this trace, from request to answer; it has {}",
                   wanted, name, seen);
}

/// The picture begins when the page becomes a VMSA, if the trace shows that.
std::uint64_t begin_of_start(const Trace& trace, const Event& creation) {
    std::uint64_t begin = creation.time;
    for (const Event& e : trace.events) {
        if (e.time > creation.time) break;
        if (e.kind == Kind::Rmpadjust && e.cpu == creation.cpu && e.a == creation.a) begin = e.time;
    }
    return begin;
}

/// To the moment at which the last of them sleeps: it has come up and waits for its first call.
Result<void> focus_on_aps(const Trace& trace, Filter& filter, std::optional<std::uint32_t> wanted) {
    std::set<std::uint32_t> asked, started;
    for (const Event& e : trace.events) {
        const bool is_vmpl0 = (e.detail & 0xf) == 0;
        if (e.kind == Kind::ApCreate && is_vmpl0 && e.value != e.cpu && (!wanted || e.value == *wanted)) {
            if (asked.empty()) filter.from = begin_of_start(trace, e);
            asked.insert(e.value);
            if (wanted) filter.cpus = {e.cpu, e.value};
        }
        if (e.kind == Kind::ApStart && is_vmpl0 && asked.contains(e.cpu)) started.insert(e.cpu);
        if (e.kind != Kind::Sleep || started.erase(e.cpu) == 0) continue;
        filter.to = e.time;
        if (wanted) return {};
    }
    if (asked.empty())
        return problem("this trace does not show the start of {}", wanted ? "that vCPU" : "any vCPU");
    return {};
}

}  // namespace

Result<void> apply_focus(const std::string& focus, const Trace& trace, Filter& filter) {
    if (focus == "aps") return focus_on_aps(trace, filter, std::nullopt);
    if (focus.starts_with("ap:"))
        return focus_on_aps(trace, filter, TRY(parse_number("--focus ap", focus.substr(3), 0, 63)));
    if (focus.starts_with("call:")) return focus_on_call(focus.substr(5), trace, filter);
    return problem("--focus {} is not known; write call:NAME, call:NAME:N, ap:N or aps", focus);
}

Result<Filter> parse_filter(const RawFilter& raw, const Trace& trace) {
    Filter filter;
    if (!raw.focus.empty()) TRY_VOID(apply_focus(raw.focus, trace, filter));
    if (!raw.cpu.empty()) filter.cpus = TRY(parse_numbers("--cpu", raw.cpu, trace.cpu_count - 1));
    if (!raw.vmpl.empty()) filter.vmpls = TRY(parse_numbers("--vmpl", raw.vmpl, 3));
    if (!raw.kind.empty()) filter.kinds = TRY(parse_kinds(raw.kind));
    if (!raw.from.empty()) filter.from = ticks_of(trace, TRY(parse_time("--from", raw.from)));
    if (!raw.to.empty()) filter.to = ticks_of(trace, TRY(parse_time("--to", raw.to)));
    if (filter.from > filter.to) return problem("--from lies behind --to; nothing would be left");
    return filter;
}

}  // namespace tools::trace
