// SPDX-License-Identifier: MIT
// The reader of trace files, and the four forms of what it accepted: files may come from anywhere.
#include "tests/fuzz/fuzz.hpp"
#include "tools/trace/output.hpp"

void fuzz::one_input(Bytes input) {
    using namespace tools::trace;
    const auto trace = parse(input, "input");
    if (!trace) {
        expect(!trace.error().sentence.empty(), "refused without a sentence");
        return;
    }
    expect(trace->cpu_count != 0 && trace->lost.size() == trace->cpu_count, "no vCPUs, or losses of others");
    expect(trace->ticks_per_second != 0, "a tick without a length");
    expect(trace->events.size() <= input.size() / sizeof(abi::adyton::trace::Record),
           "more records than the file has room for");
    std::uint64_t last = trace->begin;
    for (const Event& event : trace->events) {
        expect(event.cpu < trace->cpu_count && event.vmpl <= 3, "a vCPU or level that does not exist");
        expect(event.time >= last && event.time <= trace->end, "records are not sorted");
        last = event.time;
    }
    // One form per input: all of them would only make each input slower.
    Filter filter;
    if (input.back() > std::byte{0x80}) filter.from = trace->begin + (trace->end - trace->begin) / 2;
    switch (std::to_integer<unsigned>(input.back()) % 4) {
        case 0: (void)to_text(*trace, filter, true); break;
        case 1: (void)to_chrome(*trace, filter); break;
        case 2: (void)to_svg(*trace, filter); break;
        default: (void)to_summary(*trace, filter); break;
    }
}
