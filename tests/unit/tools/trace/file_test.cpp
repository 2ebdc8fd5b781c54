// SPDX-License-Identifier: MIT
// Trace files that are whole, cut off, and damaged.
#include "tools/trace/file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "abi/adyton/limits.hpp"
#include "tests/unit/tools/trace/trace_bytes.hpp"
#include "tools/run/trace_capture.hpp"
#include "tools/trace/output.hpp"

namespace tools::trace {
namespace {

using tests::TraceBytes;

TEST(TraceFile, WholeFileHasNoNotes) {
    const auto bytes =
        TraceBytes{}.records(0, tests::one_call(0)).records(1, {}).ended("svsm_calls 1\n").bytes();
    const auto trace = parse(bytes, "t");
    ASSERT_TRUE(trace);
    EXPECT_TRUE(trace->is_complete());
    EXPECT_EQ(trace->events.size(), 16u);
    EXPECT_EQ(trace->counters.at("svsm_calls"), 1u);
    EXPECT_EQ(trace->facts.at("guest"), "hand-made");
    EXPECT_EQ(trace->ns(trace->begin + 10), 10);
}

TEST(TraceFile, EventsOfAllCpusAreInOrderOfTime) {
    const auto bytes =
        TraceBytes{}.records(0, tests::one_call(5)).records(1, tests::one_call(0)).ended().bytes();
    const auto trace = parse(bytes, "t");
    ASSERT_TRUE(trace);
    EXPECT_TRUE(std::ranges::is_sorted(trace->events, {}, &Event::time));
    EXPECT_EQ(trace->events[0].cpu, 1u);
    EXPECT_EQ(trace->events[1].cpu, 0u);
}

TEST(TraceFile, CutAnywhereItIsReadAsFarAsItGoesWithANote) {
    const auto whole =
        TraceBytes{}.records(0, tests::one_call(0)).records(1, tests::one_call(3)).ended("a 1\n").bytes();
    std::size_t before = 0;
    for (std::size_t size = sizeof(tests::format::Header); size < whole.size(); ++size) {
        const auto trace = parse(Bytes{whole}.first(size), "t");
        ASSERT_TRUE(trace) << size;
        EXPECT_FALSE(trace->is_complete()) << size;
        EXPECT_GE(trace->events.size(), before) << size;
        before = trace->events.size();
    }
    EXPECT_EQ(before, 32u);
}

TEST(TraceFile, WhatIsNoTraceIsRefusedWithASentence) {
    EXPECT_FALSE(parse({}, "t"));
    const Buffer noise(4096, std::byte{0x5a});
    EXPECT_NE(parse(noise, "noise").error().sentence.find("noise is not a trace"), std::string::npos);
    auto other = TraceBytes{}.ended().bytes();
    other[8] = std::byte{9};
    EXPECT_NE(parse(other, "t").error().sentence.find("version 9"), std::string::npos);
    EXPECT_FALSE(parse(TraceBytes{0}.ended().bytes(), "t"));
    EXPECT_TRUE(parse(TraceBytes{abi::adyton::max_vcpus}.ended().bytes(), "t"));
    EXPECT_FALSE(parse(TraceBytes{abi::adyton::max_vcpus + 1}.ended().bytes(), "t"));
}

TEST(TraceFile, LostRecordsAndForeignSectionsAreNoted) {
    const auto bytes = TraceBytes{}
                           .records(0, tests::one_call(0), 77)
                           .records(9, tests::one_call(0))
                           .text(static_cast<tests::format::SectionType>(99), "new")
                           .ended()
                           .bytes();
    const auto trace = parse(bytes, "t");
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->events.size(), 16u);
    EXPECT_EQ(trace->lost[0], 77u);
    EXPECT_EQ(trace->notes.size(), 3u);
}

TEST(TraceFile, ImpossibleRecordsAreLeftOutAndUnknownKindsKept) {
    const auto bytes = TraceBytes{}
                           .records(0, {{1, static_cast<Kind>(200), 1, 0, 0, 0, 0, 0},
                                        {2, Kind::Halt, 4, 0, 0, 0, 0, 0},
                                        {3, static_cast<Kind>(0), 0, 0, 0, 0, 0, 0}})
                           .ended()
                           .bytes();
    const auto trace = parse(bytes, "t");
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->events.size(), 1u);
    EXPECT_FALSE(trace->is_complete());
    EXPECT_NE(to_text(*trace, {}, true).find("kind-200"), std::string::npos);
}

/// Whatever the bytes say, every form can be made of what the parser lets through.
TEST(TraceFile, DamagedFilesAreShownInEveryForm) {
    const auto whole = TraceBytes{}
                           .records(0, tests::one_call(0))
                           .records(1, tests::one_call(3))
                           .ended("svsm_calls 2\n")
                           .bytes();
    std::mt19937 random{1};
    for (int round = 0; round < 300; ++round) {
        auto bytes = whole;
        for (int i = 0; i < 1 + round % 20; ++i)
            bytes[sizeof(tests::format::Header) - 16 +
                  random() % (bytes.size() - sizeof(tests::format::Header))] =
                static_cast<std::byte>(random());
        const auto trace = parse(bytes, "t");
        if (!trace) continue;
        EXPECT_FALSE(to_text(*trace, {}, true).empty());
        EXPECT_FALSE(to_chrome(*trace, {}).empty());
        EXPECT_FALSE(to_svg(*trace, {}).empty());
        EXPECT_FALSE(to_summary(*trace, {}).empty());
    }
}

// ---- from the machine's memory to the file

namespace rings = abi::adyton::trace;

struct Area {
    std::vector<std::byte> bytes = std::vector<std::byte>(rings::least_area_bytes);
    std::uint32_t cpus = 2;
    std::uint64_t capacity = rings::ring_capacity(bytes.size(), cpus);

    Area() {
        put(0, rings::Header{rings::magic, rings::version, sizeof(rings::Record), cpus, 1'000'000'000, 0, 0});
    }
    template <class T>
    void put(std::uint64_t at, const T& value) {
        std::memcpy(bytes.data() + at, &value, sizeof value);
    }
    void write(std::uint32_t cpu, std::uint64_t count) {
        const std::uint64_t ring = rings::ring_offset(bytes.size(), cpus, cpu);
        for (std::uint64_t i = 0; i < count; ++i)
            put(ring + sizeof(rings::RingHeader) + i % capacity * sizeof(rings::Record),
                rings::Record{i + 1, Kind::Halt, 0, 0, 0, 0, 0, 0});
        put(ring, rings::RingHeader{count, {}});
    }
};

TEST(TraceCapture, RingsBecomeSectionsOldestFirst) {
    Area area;
    area.write(0, 3);
    area.write(1, area.capacity + 5);
    const auto file = run::trace_file_of(area.bytes, {{"svsm_calls", 0}}, {{"guest", "demo"}});
    ASSERT_TRUE(file);
    const auto trace = parse(*file, "t");
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->lost, (std::vector<std::uint64_t>{0, 5}));
    EXPECT_EQ(trace->events.size(), 3 + area.capacity);
    EXPECT_TRUE(std::ranges::any_of(trace->events, [](const Event& e) { return e.cpu == 1 && e.time == 6; }));
    EXPECT_FALSE(
        std::ranges::any_of(trace->events, [](const Event& e) { return e.cpu == 1 && e.time <= 5; }));
    EXPECT_EQ(trace->end, area.capacity + 5);
}

TEST(TraceCapture, MemoryWithoutATraceIsAProblem) {
    EXPECT_FALSE(run::trace_file_of(std::vector<std::byte>(rings::least_area_bytes), {}, {}));
    Area area;
    area.put(12, std::uint32_t{1000});
    EXPECT_FALSE(run::trace_file_of(area.bytes, {}, {}));
    EXPECT_FALSE(run::trace_file_of({}, {}, {}));
}

/// A channel that has said `text`.
qemu::MachineChannel channel_saying(const std::string& text) {
    qemu::MachineChannel channel{[](std::string_view) {}};
    channel.feed(text);
    return channel;
}

TEST(TraceCapture, APlaceOutsideTheMachinesMemoryIsNotRead) {
    const auto folder = std::filesystem::temp_directory_path();
    const auto target = folder / formatted("adyton-trace-test-{}", ::getpid());
    const auto capture = run::TraceCapture::make(target, 4 << 20);
    ASSERT_TRUE(capture);
    for (const char* place : {"", "@ trace\n", "@ trace 0x400000 0x100000\n", "@ trace 0x300000 0x200000\n",
                              "@ trace 0x1001 0x100000\n", "@ trace 0x0 0xffffffffffffffff\n",
                              "@ trace 0xfffffffffffff000 0x100000\n", "@ trace 0x100000 0x100000\n"}) {
        EXPECT_FALSE(capture->save(channel_saying(place), {})) << place;
        EXPECT_FALSE(std::filesystem::exists(target)) << place;
    }
}

TEST(TraceCapture, WhatTheMachineLeftIsWrittenToTheFile) {
    const auto target =
        std::filesystem::temp_directory_path() / formatted("adyton-trace-test-{}", ::getpid());
    const auto capture = run::TraceCapture::make(target, 4 << 20);
    ASSERT_TRUE(capture);
    Area area;
    area.write(1, 7);
    ASSERT_EQ(::pwrite(capture->fd(), area.bytes.data(), area.bytes.size(), 2 << 20),
              static_cast<ssize_t>(area.bytes.size()));
    ASSERT_TRUE(
        capture->save(channel_saying("= svsm_calls 3\n@ trace 0x200000 0x100000\n"), {{"guest", "x"}}));
    const auto bytes = read_file(target);
    std::filesystem::remove(target);
    ASSERT_TRUE(bytes);
    const auto trace = parse(*bytes, "t");
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->events.size(), 7u);
    EXPECT_EQ(trace->counters.at("svsm_calls"), 3u);
    EXPECT_EQ(trace->facts.at("guest"), "x");
}

}  // namespace
}  // namespace tools::trace
