// SPDX-License-Identifier: MIT
// Timeline, filters and the forms of a trace.
#include "tools/trace/output.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/tools/trace/chrome_reader.hpp"
#include "tests/unit/tools/trace/trace_bytes.hpp"
#include "tools/trace/describe.hpp"
#include "tools/trace/steps.hpp"
#include "tools/trace/timeline.hpp"

namespace tools::trace {
namespace {

using tests::ChromeReader;
using tests::TraceBytes;

Trace parsed(const TraceBytes& bytes) { return parse(bytes.bytes(), "t").value(); }
Trace two_calls() {
    return parsed(
        TraceBytes{}
            .records(0, tests::one_call(0))
            .records(1, tests::one_call(3))
            .ended("svsm_calls 2\nworld_switches 6\nnative_exits 4\ncalls_query_protocol 2\n"
                   "vmpl0_query_protocol_instructions 129\nvmpl0_query_protocol_instructions_total 258\n"));
}

TEST(Timeline, ACallIsAWorldInsideItsCallersWorld) {
    const Timeline timeline = build_timeline(two_calls());
    const auto call = std::ranges::find(timeline.slices, "VMPL0: core.query_protocol", &Slice::name);
    ASSERT_NE(call, timeline.slices.end());
    EXPECT_EQ(call->depth, 1);
    EXPECT_EQ(call->ticks, 129u);
    EXPECT_EQ(call->result, "success");
    EXPECT_EQ(timeline.flows.size(), 2u);
}

TEST(Timeline, AnApCreationLeadsToTheEntryOfThatVmsa) {
    const auto trace = parsed(TraceBytes{}
                                  .records(0, {{10, Kind::Enter, 0, 0, 0, 0, 0, 0},
                                               {20, Kind::ApCreate, 0, 0x10, 1, 0x7000, 1, 0},
                                               {30, Kind::ApCreate, 0, 0x10, 1, 0x8000, 1, 0}})
                                  .records(1, {{40, Kind::ApStart, 0, 0x10, 0, 0x8000, 0, 0},
                                               {50, Kind::Enter, 0, 0, 0, 0, 0x8000, 0}})
                                  .ended());
    const auto flows = build_timeline(trace).flows;
    ASSERT_EQ(flows.size(), 1u);
    EXPECT_EQ(flows[0].from, 30u);
    EXPECT_EQ(flows[0].to, 50u);
}

TEST(Timeline, LinesArePutTogetherFromTheirPieces) {
    std::vector<abi::adyton::trace::Record> records;
    for (const std::string& piece : {std::string{"-- AP 1/3 ini"}, std::string{"tialized.\nsecond\n"}}) {
        abi::adyton::trace::Record r{records.size(), Kind::Text, 0, static_cast<std::uint16_t>(piece.size()),
                                     0x3f8,          0,          0, 0};
        std::memcpy(&r.a, piece.data(), std::min<std::size_t>(piece.size(), 24));
        records.push_back(r);
    }
    const auto lines = build_timeline(parsed(TraceBytes{}.records(0, records).ended())).lines;
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].text, "-- AP 1/3 initialized.");
    EXPECT_EQ(lines[1].text, "second");
}

TEST(Chrome, AStrictReaderAcceptsIt) {
    const auto read = ChromeReader::read(to_chrome(two_calls(), {}));
    EXPECT_EQ(read.problems, std::vector<std::string>{});
    EXPECT_EQ(read.lanes.size(), 2u);
    EXPECT_EQ(read.deepest, 3u);
    EXPECT_EQ(read.flows.at("core.query_protocol"), 2u);
}

/// Any order of any events: slices stay nested, flows stay whole, with every kind of filter.
TEST(Chrome, AStrictReaderAcceptsWhateverWasRecorded) {
    std::mt19937 random{7};
    for (int round = 0; round < 200; ++round) {
        TraceBytes bytes{3};
        for (std::uint32_t cpu = 0; cpu < 3; ++cpu) {
            std::vector<abi::adyton::trace::Record> records;
            std::uint64_t time = random() % 50;
            for (int i = 0; i < 60; ++i) {
                time += random() % 7;
                records.push_back(
                    {time, static_cast<Kind>(1 + random() % 29), static_cast<std::uint8_t>(random() % 4),
                     static_cast<std::uint16_t>(random() % 20), static_cast<std::uint32_t>(random() % 4),
                     random() % 8, random() % 4, random() % 1000});
            }
            bytes.records(cpu, records);
        }
        const Trace trace = parsed(bytes.ended());
        Filter filter;
        if (round % 2 == 1)
            filter = {.from = trace.begin + random() % 100, .to = trace.begin + 100 + random() % 100};
        if (round % 3 == 1) filter.cpus = {1, 2};
        if (round % 5 == 1) filter.vmpls = {0};
        const auto read = ChromeReader::read(to_chrome(trace, filter));
        ASSERT_EQ(read.problems, std::vector<std::string>{}) << "round " << round;
    }
}

TEST(Chrome, TheStrictReaderIsStrict) {
    const std::string name = R"({"ph":"M","pid":1,"tid":0,"name":"thread_name","args":{"name":"x"}},)";
    const auto problems = [&](const std::string& events) {
        return ChromeReader::read("{\"traceEvents\":[" + name + events + "]}").problems.size();
    };
    EXPECT_EQ(
        problems(
            R"({"ph":"B","pid":1,"tid":0,"ts":1,"name":"a"},{"ph":"E","pid":1,"tid":0,"ts":2,"name":"a"})"),
        0u);
    EXPECT_NE(problems(R"({"ph":"B","pid":1,"tid":0,"ts":1,"name":"a"})"), 0u);
    EXPECT_NE(
        problems(
            R"({"ph":"B","pid":1,"tid":0,"ts":3,"name":"a"},{"ph":"E","pid":1,"tid":0,"ts":2,"name":"a"})"),
        0u);
    EXPECT_NE(problems(R"({"ph":"s","pid":1,"tid":0,"ts":1,"id":1,"name":"a"})"), 0u);
    EXPECT_NE(ChromeReader::read("{").problems.size(), 0u);
}

TEST(Summary, TotalsCarryTheNamesOfTheMachinesCounters) {
    const auto totals = totals_of(two_calls());
    EXPECT_EQ(totals.at("svsm_calls"), 2u);
    EXPECT_EQ(totals.at("calls_query_protocol"), 2u);
    EXPECT_EQ(totals.at("vmpl0_query_protocol_instructions"), 129u);
    EXPECT_EQ(totals.at("vmpl0_query_protocol_instructions_total"), 258u);
    EXPECT_EQ(totals.at("world_switches"), 6u);
    EXPECT_NE(to_summary(two_calls(), {}).find("agree with the machine's counters"), std::string::npos);
}

TEST(Summary, ADifferenceFromTheMachineIsSaid) {
    Trace trace = two_calls();
    trace.counters["svsm_calls"] = 3;
    EXPECT_NE(to_summary(trace, {}).find("do NOT agree"), std::string::npos);
}

TEST(Summary, NoLineIsLongerThan80Columns) {
    std::istringstream lines{to_summary(two_calls(), {}) + to_text(two_calls(), {}, false)};
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
}

TEST(Filter, SelectsByCpuLevelKindAndTime) {
    const Trace trace = two_calls();
    const auto count = [&](const RawFilter& raw) {
        const auto filter = parse_filter(raw, trace).value();
        return std::ranges::count_if(trace.events, [&](const Event& e) { return filter.shows(e); });
    };
    EXPECT_EQ(count({}), 32);
    EXPECT_EQ(count({.cpu = "1"}), 16);
    EXPECT_EQ(count({.vmpl = "0", .kind = "run"}), 2);
    EXPECT_EQ(count({.kind = "call-begin,call-end"}), 4);
    EXPECT_EQ(count({.cpu = "0", .from = "0ns", .to = "0.02us"}), 3);
}

TEST(Filter, AFocusIsOneCallFromRequestToAnswer) {
    const Trace trace = two_calls();
    const auto filter = parse_filter({.focus = "call:query_protocol:2"}, trace).value();
    EXPECT_EQ(filter.cpus, std::set<std::uint32_t>{1});
    EXPECT_EQ(filter.from, 33u);
    EXPECT_EQ(filter.to, 133u);
    EXPECT_FALSE(parse_filter({.focus = "call:query_protocol:3"}, trace));
    EXPECT_FALSE(parse_filter({.focus = "ap:1"}, trace));
    EXPECT_FALSE(parse_filter({.focus = "lunch"}, trace));
}

TEST(Filter, NonsenseIsRefusedWithASentence) {
    const Trace trace = two_calls();
    for (const RawFilter& raw :
         {RawFilter{.cpu = "2"}, RawFilter{.cpu = "x"}, RawFilter{.cpu = "0,"}, RawFilter{.kind = "run,,run"},
          RawFilter{.vmpl = "4"}, RawFilter{.kind = "nothing"}, RawFilter{.from = "soon"},
          RawFilter{.from = "-1"}, RawFilter{.from = "2s", .to = "1s"}, RawFilter{.to = "nan"}})
        EXPECT_FALSE(parse_filter(raw, trace));
}

TEST(Svg, ShowsLanesStepsAndNothingThatBreaksXml) {
    auto records = tests::one_call(0);
    abi::adyton::trace::Record text{5, Kind::Text, 1, 9, 0x402, 0, 0, 0};
    std::memcpy(&text.a, "<a>&\"\x01\xff\n", 8);
    records.push_back(text);
    const std::string svg = to_svg(parsed(TraceBytes{}.records(0, records).ended()), {});
    EXPECT_NE(svg.find("vCPU 1"), std::string::npos);
    EXPECT_NE(svg.find("call core.query_protocol"), std::string::npos);
    EXPECT_NE(svg.find("&lt;a&gt;&amp;&quot;"), std::string::npos);
    EXPECT_EQ(svg.find('\xff'), std::string::npos);
}

TEST(Svg, AMillionSlicesAreStillAPicture) {
    std::vector<abi::adyton::trace::Record> records;
    for (std::uint64_t i = 0; i < 2000; ++i)
        for (const auto& record : tests::one_call(i * 200)) records.push_back(record);
    EXPECT_LT(to_svg(parsed(TraceBytes{}.records(0, records).ended()), {}).size(), 2'000'000u);
}

TEST(Names, ATerminationHasItsReasonAndALostCallIsNotAResult) {
    Event e{};
    e.kind = Kind::GhcbMsr;
    e.a = 0x7'1100;
    EXPECT_EQ(title(e), "GHCB MSR: termination, set 1 code 7");
    e.kind = Kind::GhcbEvent;
    e.value = 0x8000'fffe;
    e.a = 0x20;
    EXPECT_EQ(title(e), "GHCB: termination, set 0 code 2");
    e.kind = Kind::CallEnd;
    e.a = e.b = 1;
    EXPECT_EQ(title(e), "no answer to core.pvalidate: it was not seen");
    e.b = 0;
    EXPECT_EQ(title(e), "answer to core.pvalidate: " + result_name(0));
}

TEST(Names, EveryKindHasOneAndIsFoundByIt) {
    for (unsigned i = 1; i <= 27; ++i) {
        const auto kind = static_cast<Kind>(i);
        EXPECT_EQ(kind_of(kind_name(kind)), kind);
        EXPECT_FALSE(title(Event{{0, kind, 0, 0, 0, 0, 0, 0}, 0}).starts_with("kind-")) << i;
    }
    EXPECT_FALSE(kind_of("kind-1"));
}

}  // namespace
}  // namespace tools::trace
