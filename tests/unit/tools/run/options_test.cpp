// SPDX-License-Identifier: MIT
// Options as typed, and the QEMU command line they become.
#include "tools/run/options.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tools/qemu/find.hpp"
#include "tools/qemu/arguments.hpp"
#include "tools/support/number.hpp"

namespace tools::run {
namespace {

std::string refusal(RawOptions raw) {
    const auto options = parse(raw);
    return options ? "" : options.error().sentence;
}

TEST(Options, NothingTypedIsTheDefault) {
    const auto options = parse({});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->guest, "demo");
    EXPECT_EQ(options->cpus, 4u);
    EXPECT_FALSE(options->vmpl);
    EXPECT_EQ(options->memory, 256ull << 20);
}

TEST(Options, CpusFromOneToSixteen) {
    for (const char* text : {"1", "16"}) EXPECT_EQ(refusal({.cpus = text}), "") << text;
    for (const char* text : {"0", "17", "1000", "-1", "4x", " 4", "0x4", "4.0", "18446744073709551617"})
        EXPECT_NE(refusal({.cpus = text}).find("choose 1 to 16"), std::string::npos) << text;
}

TEST(Options, SizesHaveUnits) {
    EXPECT_EQ(*parse_size("-m", "256M"), 256ull << 20);
    EXPECT_EQ(*parse_size("-m", "1g"), 1ull << 30);
    EXPECT_EQ(*parse_size("-m", "262144K"), 256ull << 20);
    EXPECT_EQ(*parse_size("-m", "300"), 300ull << 20);
    for (const char* text : {"", "M", "1T", "1.5G", "-1M", "1MM", "18446744073709551615G"})
        EXPECT_FALSE(parse_size("-m", text)) << text;
}

TEST(Options, MemoryHasALeastAndAMost) {
    EXPECT_EQ(refusal({.memory = "160M"}), "");
    EXPECT_NE(refusal({.memory = "159M"}).find("too little"), std::string::npos);
    EXPECT_NE(refusal({.memory = "1025G"}).find("more than"), std::string::npos);
}

TEST(Options, SecondsArePositiveAndFinite) {
    EXPECT_EQ(*parse_seconds("-t", "0.5"), 0.5);
    for (const char* text : {"", "0", "-1", "inf", "nan", "1e30", "5s"})
        EXPECT_FALSE(parse_seconds("-t", text)) << text;
}

TEST(Options, LinuxHasItsOwnDefaults) {
    const auto options = parse({.guest = "linux"});
    ASSERT_TRUE(options);
    ASSERT_TRUE(options->linux_guest);
    EXPECT_EQ(options->memory, 1ull << 30);
    EXPECT_EQ(options->linux_guest->release, "trixie");
    EXPECT_TRUE(options->linux_guest->has_disk());
    EXPECT_EQ(parse({.guest = "linux", .memory = "512M"})->memory, 512ull << 20);
    EXPECT_FALSE(parse({.guest = "linux", .kernel = "k"})->linux_guest->has_disk());
    EXPECT_FALSE(parse({.guest = "linux", .deterministic = true})->linux_guest->has_disk());
    EXPECT_FALSE(parse({.guest = "demo"})->linux_guest);
}

TEST(Options, LinuxOptionsNeedLinux) {
    for (const RawOptions& raw :
         {RawOptions{.kernel = "k"}, RawOptions{.initrd = "i"}, RawOptions{.append = "a"},
          RawOptions{.release = "r"}, RawOptions{.loader = "l"}, RawOptions{.interactive = true}})
        EXPECT_NE(refusal(raw).find("adyton run linux"), std::string::npos);
}

TEST(Options, AShellEndsWithItsInputUnlessTheUserSaysWhen) {
    const auto options = parse({.guest = "linux", .interactive = true});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->timeout_seconds, longest_timeout);
    EXPECT_EQ(options->seconds_after_input, linux_default_timeout);
    EXPECT_FALSE(parse({.guest = "linux", .timeout = "900", .interactive = true})->seconds_after_input);
    EXPECT_FALSE(parse({.guest = "linux"})->seconds_after_input);
}

TEST(QemuCommand, MachineGetsMemoryBesidesTheGuests) {
    const auto list = qemu_arguments(*parse({.memory = "256M"}), "snpemu.elf", 0);
    EXPECT_TRUE(std::ranges::contains(list, "296M"));
    EXPECT_TRUE(std::ranges::contains(list, "memory=268435456 c-bit=47"));
}

TEST(QemuCommand, DeterminismIsAskedForByOption) {
    EXPECT_FALSE(std::ranges::contains(qemu_arguments(*parse({}), "x", 0), "-icount"));
    EXPECT_TRUE(std::ranges::contains(qemu_arguments(*parse({.deterministic = true}), "x", 0), "-icount"));
}

TEST(QemuCommand, AdversaryAndTraceReachTheMachine) {
    const auto list = qemu_arguments(*parse({.adversary = "psc-lies", .verbose = true}), "x", 0);
    EXPECT_TRUE(std::ranges::contains(list, "memory=268435456 c-bit=47 adversary=psc-lies trace"));
}

TEST(QemuCommand, TheCpuHasRoomForTheCBit) {
    const auto cpu_for = [](const char* c_bit) {
        const auto list = qemu_arguments(*parse({.c_bit = c_bit}), "snpemu.elf", 0);
        return *std::next(std::ranges::find(list, "-cpu"));
    };
    EXPECT_TRUE(cpu_for("").ends_with(",-la57,phys-bits=48"));
    EXPECT_TRUE(cpu_for("47").ends_with(",-la57,phys-bits=48"));
    for (const char* beyond : {"48", "51"})
        EXPECT_TRUE(cpu_for(beyond).ends_with(",+la57,phys-bits=52")) << beyond;
    const auto list = qemu_arguments(*parse({.c_bit = "51"}), "snpemu.elf", 0);
    EXPECT_TRUE(std::ranges::contains(list, "memory=268435456 c-bit=51"));
    const auto other = qemu_arguments(*parse({.host_properties = "one-vmpl,e820-hole"}), "x", 0);
    EXPECT_TRUE(std::ranges::contains(other, "memory=268435456 c-bit=47 host-property=one-vmpl,e820-hole"));
}

TEST(QemuCommand, APlainComputerHasTheSameCpusAndNoMachine) {
    Options options = *parse({.guest = "linux"});
    const auto machine = qemu_arguments(options, "snpemu.elf", 0);
    options.plain_linux = "quiet adyton.boot";
    const auto plain = qemu_arguments(options, "snpemu.elf", 0);
    const auto value = [](const std::vector<std::string>& list, std::string_view name) {
        return *std::next(std::ranges::find(list, name));
    };
    EXPECT_EQ(value(plain, "-cpu"), value(machine, "-cpu") + ",-svm");
    EXPECT_EQ(value(plain, "-accel"), value(machine, "-accel"));
    EXPECT_EQ(value(plain, "-smp"), "4");
    EXPECT_EQ(value(plain, "-m"), "1024M");
    EXPECT_EQ(value(plain, "-append"), "quiet adyton.boot");
    EXPECT_EQ(value(plain, "-kernel"), "/dev/fd/5");
    EXPECT_FALSE(std::ranges::contains(plain, "snpemu.elf"));
}

TEST(Options, ABootThatIsMeasuredHasNoDisk) {
    LinuxOptions options;
    EXPECT_TRUE(options.has_disk());
    options.only_boots = true;
    EXPECT_FALSE(options.has_disk());
}

TEST(QemuCommand, ATraceNeedsMemoryOfItsOwnInAFile) {
    const auto options = *parse({.memory = "256M", .trace = "t", .trace_size = "8M"});
    EXPECT_EQ(qemu_memory_bytes(options, 0), qemu_memory_bytes(*parse({.memory = "256M"}), 0) + (8 << 20));
    const auto list = qemu_arguments(options, "x", 0);
    EXPECT_TRUE(std::ranges::any_of(list, [](const std::string& word) {
        return word.starts_with("memory-backend-file,") && word.contains("mem-path=/dev/fd/6");
    }));
    EXPECT_TRUE(
        std::ranges::any_of(list, [](const std::string& w) { return w.contains("trace-bytes=8388608"); }));
    EXPECT_FALSE(parse({.trace = "t", .trace_size = "2G"}));
    EXPECT_FALSE(parse({.trace_size = "8M"}));
}

TEST(QemuCommand, ProgramsAreFoundOnPathOrNamed) {
    EXPECT_EQ(find_program("sh").value().filename(), "sh");
    EXPECT_TRUE(find_program("/bin/sh"));
    EXPECT_FALSE(find_program("/bin"));
    EXPECT_FALSE(find_program("no-such-program-anywhere"));
}

}  // namespace
}  // namespace tools::run
