// SPDX-License-Identifier: MIT
// The parser: every size is checked against what is left before it is used.
#include "tools/trace/file.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "abi/adyton/limits.hpp"
#include "base/result.hpp"

namespace tools::trace {
namespace {

using namespace abi::adyton::trace;

constexpr std::size_t most_lines = 4096;
constexpr std::uint64_t ns_per_second = 1'000'000'000;

/// "name value" lines; `take` gets both.
template <class Take>
void for_each_line(Bytes bytes, Take take) {
    std::istringstream lines{std::string{reinterpret_cast<const char*>(bytes.data()), bytes.size()}};
    std::size_t count = 0;
    for (std::string line; count < most_lines && std::getline(lines, line); ++count)
        if (const auto blank = line.find(' '); blank != std::string::npos)
            take(line.substr(0, blank), line.substr(blank + 1));
}

class Parser {
public:
    Parser(Bytes bytes, Trace& trace) : bytes_{bytes}, trace_{trace} {}

    void run() {
        std::uint64_t at = sizeof(Header);
        while (at < bytes_.size()) {
            const auto section = load<Section>(bytes_, at);
            if (!section) return note("the file ends inside the head of a section");
            at += sizeof(Section);
            const std::uint64_t there = std::min<std::uint64_t>(section->bytes, bytes_.size() - at);
            const Bytes payload = bytes_.subspan(at, there);
            take(*section, payload);
            if (there != section->bytes)
                return note(formatted("the file is cut off: {} bytes of its last section are missing",
                                      section->bytes - there));
            at += there;
        }
        if (!ends_properly_) note("the file is cut off: the section with the counters is missing");
    }

    void finish() {
        // Stable: records of one vCPU with the same time keep the order in which they were written.
        std::ranges::stable_sort(trace_.events, {}, &Event::time);
        if (!trace_.events.empty()) {
            trace_.begin = trace_.events.front().time;
            trace_.end = trace_.events.back().time;
        }
        if (damaged_ != 0) note(formatted("{} damaged records were left out", damaged_));
        for (std::uint32_t cpu = 0; cpu < trace_.cpu_count; ++cpu)
            if (trace_.lost[cpu] != 0)
                note(formatted("vCPU {}: the oldest {} records were overwritten; use --trace-size", cpu,
                               trace_.lost[cpu]));
    }

private:
    void note(std::string sentence) { trace_.notes.push_back(std::move(sentence)); }

    void take(const Section& section, Bytes payload) {
        switch (static_cast<SectionType>(section.type)) {
            case SectionType::Records: return take_records(section, payload);
            case SectionType::Counters:
                return for_each_line(payload, [&](std::string name, const std::string& text) {
                    std::uint64_t value = 0;
                    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
                    if (error == std::errc{} && end == text.data() + text.size())
                        trace_.counters.insert_or_assign(std::move(name), value);
                });
            case SectionType::Facts:
                ends_properly_ = true;
                return for_each_line(payload, [&](std::string name, std::string text) {
                    trace_.facts.insert_or_assign(std::move(name), std::move(text));
                });
        }
        note(formatted("a section of the unknown type {} was skipped", section.type));
    }

    void take_records(const Section& section, Bytes payload) {
        if (section.cpu >= trace_.cpu_count)
            return note(formatted("records of vCPU {}, which does not exist, were skipped", section.cpu));
        trace_.lost[section.cpu] += section.lost;
        trace_.events.reserve(trace_.events.size() + payload.size() / sizeof(Record));
        for (std::uint64_t at = 0; const auto record = load<Record>(payload, at); at += sizeof(Record)) {
            if (record->vmpl > 3 || static_cast<std::uint8_t>(record->kind) == 0)
                ++damaged_;
            else
                trace_.events.push_back({*record, section.cpu});
        }
        if (payload.size() % sizeof(Record) != 0) ++damaged_;
    }

    Bytes bytes_;
    Trace& trace_;
    std::uint64_t damaged_ = 0;
    bool ends_properly_ = false;
};

}  // namespace

bool Trace::is_complete() const { return notes.empty(); }

double Trace::ns(std::uint64_t time) const {
    const double ticks = time >= begin ? static_cast<double>(time - begin) : 0;
    return ticks * (1e9 / static_cast<double>(ticks_per_second));
}

Result<Trace> parse(Bytes bytes, const std::string& name) {
    const auto header = load<Header>(bytes, 0);
    if (!header || header->magic != magic)
        return problem("{} is not a trace; make one with adyton run --trace FILE", name);
    if (header->version != version)
        return problem("{} is a trace of version {}, this program reads version {}; record it again", name,
                       header->version, version);
    if (header->record_bytes != sizeof(Record) || header->cpu_count == 0 ||
        header->cpu_count > abi::adyton::max_vcpus)
        return problem("{} is a damaged trace: its head makes no sense", name);
    Trace trace;
    trace.cpu_count = header->cpu_count;
    trace.lost.resize(header->cpu_count);
    trace.ticks_are_instructions = (header->flags & HeaderFlag::ticks_are_instructions) != 0;
    trace.ticks_per_second = header->ticks_per_second;
    if (trace.ticks_per_second == 0) {
        trace.ticks_per_second = ns_per_second;
        trace.notes.emplace_back("the head does not say how long a tick is; times are in ticks");
    }
    Parser parser{bytes, trace};
    parser.run();
    parser.finish();
    return trace;
}

}  // namespace tools::trace
