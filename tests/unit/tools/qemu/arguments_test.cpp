// SPDX-License-Identifier: MIT
// QEMU's command line: what was asked for reaches it, and a path reaches it whole.
#include "tools/qemu/arguments.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tools/qemu/memory.hpp"
#include "tools/run/prepare.hpp"

namespace tools::qemu {
namespace {

/// The payload and the programs of a run, which these tests do not need.
Spec spec_of(const run::Options& options) {
    static run::Prepared prepared{};
    prepared.snpemu = "snpemu.elf";
    prepared.threads = options.threads.value_or(Threads::Multi);
    prepared.c_bit = options.build.c_bit.value_or(payload::default_c_bit);
    return run::spec_of(options, prepared);
}
Spec typed(const run::RawOptions& raw) { return spec_of(*run::parse(raw)); }

std::string value(const std::vector<std::string>& list, std::string_view name) {
    return *std::next(std::ranges::find(list, name));
}
bool has(const Spec& spec, std::string_view word) { return std::ranges::contains(arguments(spec), word); }

TEST(QemuCommand, MachineGetsMemoryBesidesTheGuests) {
    const Spec spec = typed({.memory = "256M"});
    EXPECT_TRUE(has(spec, "296M"));
    EXPECT_TRUE(has(spec, "memory=268435456 c-bit=47"));
}

TEST(QemuCommand, FirmwareWithMemoryAt4GiBGetsMoreOfIt) {
    const auto memory_of = [](const char* text) {
        Spec spec = typed({.guest = "firmware", .memory = text});
        std::get<SnpMachine>(spec.boots).firmware = GpaRange{Gpa{0xffc0'0000}, Gpa{1ull << 32}};
        return memory_bytes(spec) / mebibyte;
    };
    EXPECT_EQ(memory_of("2G"), 2048 + 32 + 64 + 10);
    EXPECT_EQ(memory_of("3G"), 3072 + 32 + 96 + 10 + 128);
}

TEST(QemuCommand, FilesForFirmwareAreInheritedOneByOne) {
    Spec spec = typed({.guest = "firmware"});
    auto& machine = std::get<SnpMachine>(spec.boots);
    machine.firmware = GpaRange{Gpa{0xffc0'0000}, Gpa{1ull << 32}};
    machine.config = {{"opt/adyton/kernel", {}}, {"opt/a,b", {}}};
    EXPECT_TRUE(has(spec, "name=opt/adyton/kernel,file=/dev/fd/12"));
    EXPECT_TRUE(has(spec, "name=opt/a,,b,file=/dev/fd/13"));
    EXPECT_TRUE(has(spec, "memory=536870912 c-bit=47 firmware-gpa=4290772992 firmware-bytes=4194304"));
}

TEST(QemuCommand, DeterminismIsAskedForByOption) {
    EXPECT_FALSE(has(typed({}), "-icount"));
    EXPECT_TRUE(has(typed({.deterministic = true}), "-icount"));
}

TEST(QemuCommand, AdversaryAndTraceReachTheMachine) {
    EXPECT_TRUE(has(typed({.adversary = "psc-lies", .verbose = true}),
                    "memory=268435456 c-bit=47 adversary=psc-lies trace"));
}

TEST(QemuCommand, ThePlaceOfFirmwareReachesTheMachine) {
    EXPECT_TRUE(has(typed({.far_memory = "0x8000000000,64M"}),
                    "memory=268435456 c-bit=47 far-gpa=549755813888 far-bytes=67108864"));
    EXPECT_TRUE(has(typed({.firmware = "0x1000,4K"}),
                    "memory=268435456 c-bit=47 firmware-gpa=4096 firmware-bytes=4096"));
}

TEST(QemuCommand, TheCpuHasRoomForTheCBit) {
    const auto cpu_for = [](const char* c_bit) {
        return value(arguments(typed({.build = {.c_bit = c_bit}})), "-cpu");
    };
    EXPECT_TRUE(cpu_for("").ends_with(",-la57,phys-bits=48"));
    EXPECT_TRUE(cpu_for("47").ends_with(",-la57,phys-bits=48"));
    for (const char* beyond : {"48", "51"})
        EXPECT_TRUE(cpu_for(beyond).ends_with(",+la57,phys-bits=52")) << beyond;
    EXPECT_TRUE(has(typed({.build = {.c_bit = "51"}}), "memory=268435456 c-bit=51"));
    EXPECT_TRUE(has(typed({.host_properties = "one-vmpl,e820-hole"}),
                    "memory=268435456 c-bit=47 host-property=one-vmpl,e820-hole"));
}

TEST(QemuCommand, APlainComputerHasTheSameCpusAndNoMachine) {
    Spec spec = typed({.guest = "linux"});
    const auto machine = arguments(spec);
    spec.boots = PlainLinux{{}, {}, "quiet adyton.boot"};
    const auto plain = arguments(spec);
    EXPECT_EQ(value(plain, "-cpu"), value(machine, "-cpu") + ",-svm");
    EXPECT_EQ(value(plain, "-accel"), value(machine, "-accel"));
    EXPECT_EQ(value(plain, "-smp"), "4");
    EXPECT_EQ(value(plain, "-m"), "1024M");
    EXPECT_EQ(value(plain, "-append"), "quiet adyton.boot");
    EXPECT_EQ(value(plain, "-kernel"), "/dev/fd/5");
    EXPECT_FALSE(std::ranges::contains(plain, "snpemu.elf"));
    EXPECT_FALSE(std::ranges::contains(plain, "-bios"));
}

TEST(QemuCommand, APlainComputerWithFirmwareCanBeCounted) {
    Spec spec = typed({.guest = "linux"});
    const std::array<std::byte, 1> firmware{};
    spec.boots = PlainLinux{{}, {}, "quiet", firmware};
    spec.deterministic = true;
    spec.count = count::Request{.plugin = "count.so", .low = 1, .high = 2, .functions = {}, .counts_all = true};
    const auto plain = arguments(spec);
    EXPECT_EQ(value(plain, "-bios"), "/dev/fd/12");
    EXPECT_EQ(value(plain, "-icount"), "shift=0,sleep=off");
    EXPECT_EQ(value(plain, "-plugin"), "file=count.so,low=0x1,high=0x2,out=/dev/fd/7,all=on");
}

TEST(QemuCommand, ATraceNeedsMemoryOfItsOwnInAFile) {
    const Spec spec = typed({.memory = "256M", .trace = "t", .trace_size = "8M"});
    EXPECT_EQ(memory_bytes(spec), memory_bytes(typed({.memory = "256M"})) + (8 << 20));
    const auto list = arguments(spec);
    EXPECT_TRUE(std::ranges::any_of(list, [](const std::string& word) {
        return word.starts_with("memory-backend-file,") && word.contains("mem-path=/dev/fd/6");
    }));
    EXPECT_TRUE(
        std::ranges::any_of(list, [](const std::string& w) { return w.contains("trace-bytes=8388608"); }));
    EXPECT_FALSE(run::parse({.trace = "t", .trace_size = "2G"}));
    EXPECT_FALSE(run::parse({.trace_size = "8M"}));
}

TEST(QemuCommand, OnlyADialogueHasAConsoleThatCanBeWritten) {
    EXPECT_TRUE(has(typed({.guest = "linux"}), "file,id=console,path=/dev/fd/3"));
    EXPECT_TRUE(has(typed({.guest = "linux", .interactive = true}), "socket,id=console,fd=3"));
}

TEST(QemuCommand, ADebuggerFindsTheMachineStopped) {
    Spec spec = typed({.gdb = ""});
    EXPECT_FALSE(has(spec, "-S")) << "where it stops is not known yet";
    spec.debugger = {1234, 0x1000};
    EXPECT_TRUE(has(spec, "-S"));
    EXPECT_EQ(value(arguments(spec), "-gdb"), "chardev:gdb");
}

TEST(QemuCommand, BlanksAndCommasInPathsReachQemuWhole) {
    Spec spec = typed({});
    auto& machine = std::get<SnpMachine>(spec.boots);
    machine.snpemu = "/a folder, with both/snpemu.elf";
    spec.count =
        count::Request{.plugin = "/a folder, with both/count.so", .low = 1, .high = 2, .functions = {}};
    spec.disks = {{"/a folder, with both/disk", DiskMode::Kept}};
    const auto list = arguments(spec);
    EXPECT_EQ(value(list, "-kernel"), "/a folder, with both/snpemu.elf") << "QEMU takes this one as it is";
    EXPECT_EQ(value(list, "-plugin"), "file=/a folder,, with both/count.so,low=0x1,high=0x2,out=/dev/fd/7");
    EXPECT_TRUE(value(list, "-drive").ends_with(",file.filename=/a folder,, with both/disk"));
}

TEST(QemuCommand, TheDiskForFilesIsTheLastAndHasItsName) {
    Spec spec = typed({});
    EXPECT_FALSE(
        std::ranges::any_of(arguments(spec), [](auto& word) { return word.contains("adyton-out"); }));
    spec.disks = {{"/disk", DiskMode::Kept}};
    spec.out_disk = 5;
    const auto list = arguments(spec);
    const auto users = std::ranges::find_if(list, [](auto& word) { return word.contains("drive=vda"); });
    const auto ours =
        std::ranges::find_if(list, [](auto& word) { return word.contains("serial=adyton-out"); });
    ASSERT_NE(ours, list.end());
    EXPECT_LT(users, ours) << "the user's disks keep the names that they were given";
    EXPECT_TRUE(ours->contains("iommu_platform=on"));
}

TEST(QemuCommand, ProgramsAreFoundOnPathOrNamed) {
    EXPECT_EQ(find_program("sh").value().filename(), "sh");
    EXPECT_TRUE(find_program("/bin/sh"));
    EXPECT_FALSE(find_program("/bin"));
    EXPECT_FALSE(find_program("no-such-program-anywhere"));
}

}  // namespace
}  // namespace tools::qemu
