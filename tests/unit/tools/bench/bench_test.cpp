// SPDX-License-Identifier: MIT
// From the counter's lines to results, tables and the verdict of the budget.
#include <gtest/gtest.h>

#include <sstream>

#include "tools/bench/boots.hpp"
#include "tools/bench/linux_boot.hpp"
#include "tools/bench/table.hpp"
#include "tools/count/instruction.hpp"

namespace tools::bench {
namespace {

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

constexpr std::string_view budget_text =
    "[budget]\n\"call.query_protocol\" = 100\n\"boot.total\" = 5000\n[goal]\n\"call.query_protocol\" = 90\n";

Budget budget() { return *read_budget(bytes_of(budget_text), "budget.toml"); }
Results results(std::uint64_t query) {
    return {{"call.query_protocol", "instructions", query}, {"boot.total", "instructions", 5000}};
}

TEST(Budget, KeptLimitsAreSilent) { EXPECT_EQ(complaint(excesses(budget(), results(100))), ""); }

TEST(Budget, TenInstructionsMoreFail) {
    const auto list = excesses(budget(), results(110));
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].name, "call.query_protocol");
    const std::string text = complaint(list);
    EXPECT_NE(text.find("110 instead of 100 (+10)"), std::string::npos) << text;
    EXPECT_NE(text.find("./adyton bench --accept"), std::string::npos) << text;
}

TEST(Budget, WhatIsNotMeasuredIsNotKept) {
    const auto list = excesses(budget(), {{"boot.total", "instructions", 1}});
    ASSERT_EQ(list.size(), 1u);
    EXPECT_FALSE(list[0].value);
}

TEST(Budget, AMissedGoalFailsNothing) { EXPECT_TRUE(excesses(budget(), results(95)).empty()); }

TEST(Budget, AcceptedCountsAreTheNewLimits) {
    const std::string text = write_budget(budget(), results(110));
    const auto again = read_budget(bytes_of(text), "budget.toml");
    ASSERT_TRUE(again) << again.error().sentence;
    EXPECT_EQ(again->limits.at("call.query_protocol"), 110u);
    EXPECT_EQ(again->goals.at("call.query_protocol"), 90u);
}

TEST(Budget, DamageIsAProblemWithALine) {
    const auto parsed = read_budget(bytes_of("[budget]\nx = \n"), "budget.toml");
    ASSERT_FALSE(parsed);
    EXPECT_TRUE(parsed.error().sentence.starts_with("budget.toml, line 2")) << parsed.error().sentence;
    for (const char* text : {"", "[budget]\n", "[budget]\nx = -1\n[goal]\n", "[budget]\nx = \"1\"\n[goal]\n"})
        EXPECT_FALSE(read_budget(bytes_of(text), "f")) << text;
}

TEST(BenchJson, ComesBackAsItWas) {
    const std::string text = to_json(results(97));
    EXPECT_TRUE(text.starts_with("{\n \"schema\": 1,")) << text;
    const auto again = from_json(bytes_of(text), "f");
    ASSERT_TRUE(again) << again.error().sentence;
    ASSERT_EQ(again->size(), 2u);
    EXPECT_EQ((*again)[0].name, "call.query_protocol");
    EXPECT_EQ((*again)[0].value, 97u);
}

TEST(BenchJson, OtherFilesAreRefused) {
    for (const char* text : {"", "[]", "{\"schema\":2,\"results\":[]}", "{\"schema\":1}",
                             "{\"schema\":1,\"results\":[{\"name\":\"x\",\"unit\":\"y\",\"value\":-1}]}",
                             "{\"schema\":1,\"results\":[{\"name\":1,\"unit\":\"y\",\"value\":1}]}"})
        EXPECT_FALSE(from_json(bytes_of(text), "f")) << text;
}

/// The boot of two vCPUs and three calls, of which the first two are one phase of the guest.
count::Result counted() {
    count::Result result;
    result.nodes.resize(count::call_root + 1);
    result.sessions = {{1, 1000, 50, 512}, {2, 300, 0, 0}, {1, 90, 0, 0}, {1, 110, 0, 0}, {1, 60, 0, 1024}};
    return result;
}

TEST(BenchSample, SessionsBelongToThePhasesInTheirOrder) {
    const auto sample = make_sample(2, counted(),
                                    "own memory: 12 of 8192 KiB in use\n"
                                    "bench: query_protocol 2 2\nnoise\nbench: pvalidate.4k 1 2\n",
                                    {});
    ASSERT_TRUE(sample) << sample.error().sentence;
    EXPECT_EQ(sample->boot.instructions, 1300u);
    EXPECT_EQ(sample->boot.waiting, 50u);
    EXPECT_EQ(sample->phases.at("query_protocol").instructions, 200u);
    EXPECT_EQ(sample->phases.at("pvalidate.4k").units, 2u);
    EXPECT_EQ(sample->phases.at("pvalidate.4k").string_stores, 1024u);
    EXPECT_EQ(sample->memory_bytes, 12u << 10);
}

/// Two reports: AES-GCM with a memcpy of its own and a hash below the call, and AES-GCM of the boot, which is none.
TEST(BenchTable, WhatOfAReportIsTheLibrarysStandsApart) {
    auto result = counted();
    using count::boot_root, count::call_root;
    result.nodes.insert(result.nodes.end(),
                        {{call_root, 0x1000}, {2, 0x2000}, {3, 0x4000}, {2, 0x3000}, {boot_root, 0x2000}});
    result.counts = {{2, 0x1004, 9}, {3, 0x2004, 40}, {4, 0x4004, 20}, {5, 0x3004, 30}, {6, 0x2004, 7000}};
    const std::vector<elf::Symbol> names{{"_ZN4svsm6attest5serveEv", 0x1000, 16},
                                         {"_ZN6crypto4sealEi", 0x2000, 16},
                                         {"_ZN6crypto4Sha2ILm64EE3addEi", 0x3000, 16},
                                         {"memcpy", 0x4000, 16}};
    auto sample = *make_sample(2, result, "bench: attest_services 2 2\n", names);
    sample.cpus = 4;
    const Results all = to_results({sample}, 0);
    EXPECT_EQ(value_of(all, "call.attest_services"), 100u);
    EXPECT_EQ(value_of(all, "call.attest_services.aes_gcm"), 30u);
    EXPECT_EQ(value_of(all, "call.attest_services.hash"), 15u);
    EXPECT_EQ(value_of(all, "call.attest_services.rest"), 55u);
}

TEST(BenchTable, AnSvsmWithoutNamesHasNoParts) {
    auto sample = *make_sample(2, counted(), "bench: attest_services 2 2\n", {});
    sample.cpus = 4;
    const Results all = to_results({sample}, 0);
    EXPECT_EQ(value_of(all, "call.attest_services"), 100u);
    EXPECT_EQ(value_of(all, "call.attest_services.rest"), std::nullopt);
}

TEST(BenchSample, MoreEntriesThanCountedAreAProblem) {
    EXPECT_FALSE(make_sample(2, counted(), "bench: query_protocol 4 4\n", {}));
    EXPECT_FALSE(make_sample(2, counted(), "no phases at all\n", {}));
    EXPECT_FALSE(make_sample(1, counted(), "bench: query_protocol 1 1\n", {}));
}

TEST(BenchTable, ResultsHaveTheNamesOfTheSchema) {
    auto four = *make_sample(2, counted(), "bench: query_protocol 2 2\nbench: pvalidate.4k 1 2\n", {});
    auto one = four;
    four.cpus = 4;
    one.cpus = 1;
    one.boot.instructions = 1000;
    const Results all = to_results({one, four}, 4096);
    EXPECT_EQ(value_of(all, "call.query_protocol"), 100u);
    EXPECT_EQ(value_of(all, "call.pvalidate.4k.per_entry"), 30u);
    EXPECT_EQ(value_of(all, "call.pvalidate.4k.per_entry.zeroing"), 512u);
    EXPECT_EQ(value_of(all, "ap_start.per_ap"), 100u);
    EXPECT_EQ(value_of(all, "boot.total"), 1300u);
    EXPECT_EQ(value_of(all, "boot.total.1cpus"), 1000u);
    EXPECT_EQ(value_of(all, "image.bytes"), 4096u);
    EXPECT_EQ(value_of(all, "call.create_delete_vcpu"), std::nullopt);
}

TEST(BenchTable, ShowsTheChange) {
    const Budget none;
    const Results before = results(100);
    const std::string text = table(results(112), {none, &before});
    EXPECT_NE(text.find("+12"), std::string::npos) << text;
    EXPECT_NE(text.find("same"), std::string::npos) << text;
}

TEST(CountLines, AreRead) {
    const auto result = count::parse("session 1 10 2 3\nnode 2 0 4096 99 1 2\ncount 2 4100 7\nend\n");
    ASSERT_TRUE(result) << result.error().sentence;
    EXPECT_EQ(result->sessions[0].waiting, 2u);
    EXPECT_EQ(result->nodes[2].function, 4096u);
    EXPECT_EQ(result->counts[0].times, 7u);
}

TEST(CountLines, NonsenseAndAMissingEndAreProblems) {
    for (const char* text : {"", "session 1 2\nend\n", "node 7 0 1 0 0 0\nend\n", "node 2 5 1 0 0 0\nend\n",
                             "count 9 1 1\nend\n", "other\nend\n", "session 1 1 1 1\n"})
        EXPECT_FALSE(count::parse(text)) << text;
}

TEST(CountLines, HaveTheGuest) {
    const auto result = count::parse("session 1 10 2 3\nguest 5000\nend\n");
    ASSERT_TRUE(result) << result.error().sentence;
    EXPECT_EQ(result->guest, 5000u);
    EXPECT_EQ(result->all, 0u);
    EXPECT_EQ(count::parse("guest 5000\nall 7000\nend\n")->all, 7000u);
    EXPECT_FALSE(count::parse("guest many\nend\n"));
}

LinuxBoot linux_boot() {
    count::Result result;
    result.sessions = {{1, 3000, 1000, 4000}, {2, 500, 500, 1000}};
    result.guest = 990'000;
    return {.plain_seconds = 10,
            .svsm_seconds = 15.26,
            .launch_seconds = 1.26,
            .svsm_calls = 553,
            .world_switches = 1300,
            .native_exits = 3900,
            .count = boot_count(result)};
}

TEST(BenchLinux, WaitingIsWorkAtVmpl0AndZeroingIsToldBesideIt) {
    const BootCount count = linux_boot().count;
    EXPECT_EQ(count.guest, 990'000u);
    EXPECT_EQ(count.vmpl0, 5000u);
    EXPECT_EQ(count.zeroing, 5000u);
}

TEST(BenchLinux, TheShareHasTheZeroingInIt) {
    const Results results = to_results(linux_boot());
    EXPECT_EQ(value_of(results, "linux.boot.vmpl0_share"), 10'000u);
    EXPECT_EQ(value_of(results, "linux.boot.vmpl0_share.zeroing"), 5000u);
    EXPECT_EQ(value_of(results, "linux.boot.ratio"), 153u);
    EXPECT_EQ(value_of(results, "linux.boot.time.launch"), 1260u);
    EXPECT_EQ(value_of(results, "linux.boot.ratio.launched"), 140u);
    EXPECT_EQ(value_of(results, "linux.boot.exits_per_1000"), 3000u);
    EXPECT_EQ(value_of(results, "linux.boot.svsm_calls"), 553u);
    EXPECT_EQ(value_of(results, "linux.boot.world_switches"), 1300u);
}

TEST(BenchLinux, NothingMeasuredDividesNothing) {
    const Results results = to_results(LinuxBoot{});
    EXPECT_EQ(value_of(results, "linux.boot.ratio"), 0u);
    EXPECT_EQ(value_of(results, "linux.boot.exits_per_1000"), 0u);
    EXPECT_EQ(value_of(results, "linux.boot.vmpl0_share"), 0u);
}

TEST(BenchLinux, TheTableFitsATerminal) {
    Budget budget;
    budget.goals["linux.boot.ratio"] = 160;
    LinuxBoot boot = linux_boot();
    boot.count.guest = 999'999'999'999;
    const Results before = to_results(boot);
    boot.count.guest = 1;
    boot.svsm_seconds = 20;
    std::istringstream lines{boot_table("a boot of Linux", to_results(boot), {budget, &before})};
    bool has_goal = false;
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(line.size(), 80u) << line;
        has_goal |= line.contains("linux.boot.ratio") && line.contains(" 160") && line.contains("+47");
    }
    EXPECT_TRUE(has_goal);
}

struct Encoding {
    std::vector<std::uint8_t> bytes;
    count::Kind kind;
};
TEST(CountInstruction, IsToldFromItsBytes) {
    using count::Kind;
    const Encoding encodings[] = {
        {{0x90}, Kind::Plain},
        {{0xf3, 0x90}, Kind::Pause},
        {{0xe8, 0, 0, 0, 0}, Kind::Call},
        {{0x41, 0xff, 0xd3}, Kind::Call},
        {{0xff, 0xe0}, Kind::Plain},  // jmp *%rax
        {{0xc3}, Kind::Return},
        {{0xf3, 0xc3}, Kind::Return},
        {{0x48, 0xcf}, Kind::InterruptReturn},
        {{0xf3, 0x48, 0xab}, Kind::StringStore},
        {{0x48, 0xab}, Kind::Plain},
        {{0xf3, 0x48, 0xa5}, Kind::Plain},       // rep movsq: copying is work
        {{0xf2, 0x0f, 0x01, 0xff}, Kind::Exit},  // pvalidate
        {{0xf3, 0x0f, 0x01, 0xfe}, Kind::Exit},  // rmpadjust
        {{0x0f, 0x01, 0xfe}, Kind::Exit},        // invlpgb
        {{0x0f, 0x01, 0xff}, Kind::Exit},        // tlbsync
        {{0xf3, 0x0f, 0x01, 0xd9}, Kind::Exit},  // vmgexit
        {{0x0f, 0x30}, Kind::Exit},
        {{0xf4}, Kind::Exit},
        {{0x0f, 0x01, 0x38}, Kind::Plain},              // invlpg (%rax)
        {{0x65, 0x48, 0x8b, 0x04, 0x25}, Kind::Plain},  // mov %gs:..., %rax
        {{}, Kind::Plain},
    };
    for (const auto& [bytes, kind] : encodings)
        EXPECT_EQ(count::kind_of(bytes), kind) << (bytes.empty() ? 0 : bytes[0]);
}

}  // namespace
}  // namespace tools::bench
