// SPDX-License-Identifier: MIT
// From a recorded and a counted boot with firmware to numbers.
#include <gtest/gtest.h>

#include <sstream>

#include "abi/svsm/protocols.hpp"
#include "tools/bench/boots.hpp"
#include "tools/bench/firmware_boot.hpp"

namespace tools::bench {
namespace {

using abi::adyton::trace::RmpDetail;
using trace::Event, trace::Kind;

constexpr std::uint64_t pvalidate_call = abi::call_id(abi::core_protocol, 1), other_call = 0;
constexpr std::uint64_t steps_4k = 512, steps_2m = 512 * 512;

Event event(Kind kind, std::uint8_t vmpl) {
    Event e{};
    e.kind = kind;
    e.vmpl = vmpl;
    return e;
}

Event text(std::uint8_t vmpl, std::string_view words, std::uint32_t port = 0x3f8) {
    Event e = event(Kind::Text, vmpl);
    std::array<char, 24> bytes{};
    std::copy(words.begin(), words.end(), bytes.begin());
    std::memcpy(&e.a, bytes.data(), 8);
    std::memcpy(&e.b, bytes.data() + 8, 8);
    std::memcpy(&e.c, bytes.data() + 16, 8);
    e.detail = static_cast<std::uint16_t>(words.size());
    e.value = port;
    return e;
}

Event entry(std::uint16_t detail, std::uint32_t result = 0) {
    Event e = event(Kind::Pvalidate, 0);
    e.detail = detail;
    e.value = result;
    return e;
}

/// A call with its entries, which took so long at VMPL0.
void add_call(trace::Trace& to, std::uint64_t id, std::vector<Event> entries, std::uint64_t ticks) {
    Event begin = event(Kind::CallBegin, 1), end = event(Kind::CallEnd, 0);
    begin.a = end.a = id;
    end.c = ticks;
    to.events.push_back(begin);
    to.events.insert(to.events.end(), entries.begin(), entries.end());
    to.events.push_back(end);
}

/// The SVSM starts with three exits and a line; then firmware, one call, its console, Linux.
trace::Trace boot() {
    trace::Trace trace;
    trace.lost = {0};
    for (int i = 0; i < 3; ++i) trace.events.push_back(event(Kind::Run, 0));
    trace.events.push_back(text(0, "adyton: this is init"));  // not said by a guest
    trace.events.push_back(event(Kind::Run, 1));
    trace.events.push_back(event(Kind::NestedFault, 1));
    trace.events.push_back(event(Kind::Leave, 1));
    add_call(trace, pvalidate_call,
             {entry(RmpDetail::validate), entry(RmpDetail::validate | RmpDetail::size_2m)},
             800 + steps_4k + steps_2m);
    trace.events.push_back(event(Kind::Run, 0));
    trace.events.push_back(text(1, "a mark", 0x402));
    trace.events.push_back(text(1, "\x1b[2J"));
    trace.events.push_back(event(Kind::Run, 1));
    trace.events.push_back(text(1, "\nadyton: thi"));
    trace.events.push_back(text(1, "s is init\n"));
    trace.events.push_back(event(Kind::Run, 1));  // behind the last mark
    return trace;
}

constexpr std::string_view mark = "adyton: this is init";

TEST(BenchFirmwareTrace, ExitsAreCountedToTheFirstCharacterOfFirmwareAndToInit) {
    const auto read = read_boot(boot(), mark);
    ASSERT_TRUE(read) << read.error().sentence;
    const Stretch& manager = read->to_manager;
    EXPECT_EQ(manager.start_exits, 3u);
    EXPECT_EQ(manager.vmpl0_exits, 1u);
    EXPECT_EQ(manager.guest_exits, 1u);
    EXPECT_EQ(manager.exits(), 5u);
    EXPECT_EQ(manager.nested_faults, 1u);
    EXPECT_EQ(manager.world_switches, 1u);
    EXPECT_EQ(manager.calls, 1u);
    EXPECT_EQ(read->to_init.guest_exits, 2u);
}

TEST(BenchFirmwareTrace, ZeroingStandsApart) {
    const auto read = read_boot(boot(), mark);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->validations.size(), 1u);
    EXPECT_EQ(read->validations[0].small, 1u);
    EXPECT_EQ(read->validations[0].large, 1u);
    EXPECT_EQ(read->validations[0].instructions, 800u);
}

TEST(BenchFirmwareTrace, WhatIsNotValidatedIsNotZeroed) {
    trace::Trace trace;
    trace.lost = {0};
    add_call(trace, pvalidate_call,
             {entry(RmpDetail::validate | RmpDetail::carry), entry(RmpDetail::validate | RmpDetail::fault),
              entry(RmpDetail::validate, 6)},
             900);
    trace.events.push_back(text(1, mark));
    const auto read = read_boot(trace, mark);
    ASSERT_TRUE(read) << read.error().sentence;
    EXPECT_EQ(read->validations.at(0).instructions, 900u);
}

TEST(BenchFirmwareTrace, OtherCallsAndRescindsAreApart) {
    trace::Trace trace;
    trace.lost = {0};
    add_call(trace, other_call, {}, 100);
    add_call(trace, pvalidate_call, {entry(0)}, 400);
    trace.events.push_back(text(1, mark));
    const auto read = read_boot(trace, mark);
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->validations.empty());
    EXPECT_EQ(read->other_calls, 2u);
    EXPECT_EQ(read->other_instructions, 500u);
}

TEST(BenchFirmwareTrace, AMissingMarkAndLostRecordsAreProblems) {
    trace::Trace trace = boot();
    trace.events.resize(8);
    EXPECT_TRUE(read_boot(trace, mark).error().sentence.contains("before the firmware writes"));
    trace = boot();
    EXPECT_TRUE(read_boot(trace, "another mark").error().sentence.ends_with("before init"));
    trace.lost = {7};
    EXPECT_TRUE(read_boot(trace, mark).error().sentence.contains("lacks its first 7 records"));
}

TEST(BenchCallCost, IsTheMeanOfCallsOfOneSize) {
    const PvalidateCall calls[] = {{1, 0, 800}, {3, 0, 900}, {0, 4, 1800}, {2, 2, 5000}};
    const CallCost cost = mean_cost(calls);
    EXPECT_EQ(cost.small, 850);
    EXPECT_EQ(cost.large, 1800);
}

TEST(BenchCallCost, WhatNothingTellsIsNothing) {
    EXPECT_EQ(mean_cost({}).small, 0);
    const PvalidateCall same[] = {{1, 0, 800}, {1, 0, 800}};
    EXPECT_EQ(mean_cost(same).large, 0);
    EXPECT_EQ(mean_cost(same).small, 800);
}

FirmwareBoot measured() {
    FirmwareBoot boot;
    boot.plain = {2.0, 12.0};
    boot.svsm = {6.02, 24.0};
    boot.plain_instructions = 1000;
    count::Result counted;
    counted.sessions = {{1, 100, 0, 40}, {1, 30, 5, 20}, {1, 10, 0, 0}};
    counted.guest = 900;
    counted.all = 1205;
    take_counts(counted, boot);
    boot.recorded = *read_boot(bench::boot(), mark);
    return boot;
}

TEST(BenchFirmware, TheStartOfTheSvsmStandsApart) {
    const Results results = to_results(measured());
    EXPECT_EQ(value_of(results, "firmware.vmpl0.start"), 100u);
    EXPECT_EQ(value_of(results, "firmware.vmpl0.start.zeroing"), 40u);
    EXPECT_EQ(value_of(results, "firmware.vmpl0.calls"), 45u);
    EXPECT_EQ(value_of(results, "firmware.vmpl0.calls.zeroing"), 20u);
    EXPECT_EQ(value_of(results, "firmware.boot.guest"), 900u);
    EXPECT_EQ(value_of(results, "firmware.boot.machine"), 100u);
}

TEST(BenchFirmware, RatiosAreOfTheSameMark) {
    const Results results = to_results(measured());
    EXPECT_EQ(value_of(results, "firmware.manager.ratio"), 301u);
    EXPECT_EQ(value_of(results, "firmware.init.ratio"), 200u);
    EXPECT_EQ(value_of(results, "firmware.boot.ratio"), 121u);
    EXPECT_EQ(value_of(results, "firmware.manager.exits"), 5u);
}

TEST(BenchFirmware, EachMarkHasTheLeastOfItsTimes) {
    const BootTimes both = least({2, 30}, {3, 20});
    EXPECT_EQ(both.to_manager, 2);
    EXPECT_EQ(both.to_init, 20);
}

TEST(BenchFirmware, NothingMeasuredDividesNothing) {
    const Results results = to_results(FirmwareBoot{});
    EXPECT_EQ(value_of(results, "firmware.manager.ratio"), 0u);
    EXPECT_EQ(value_of(results, "firmware.boot.ratio"), 0u);
    EXPECT_EQ(value_of(results, "firmware.call.other"), 0u);
}

TEST(BenchFirmware, TheTableFitsATerminal) {
    FirmwareBoot boot = measured();
    const Results before = to_results(boot);
    boot.svsm_instructions = 999'999'999'999;
    Budget budget;
    budget.goals["firmware.manager.exits"] = 23'903;
    std::istringstream lines{boot_table("a boot of firmware and Linux", to_results(boot), {budget, &before})};
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
}

}  // namespace
}  // namespace tools::bench
