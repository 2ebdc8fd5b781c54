// SPDX-License-Identifier: MIT
// Options as typed.
#include "tools/run/options.hpp"

#include <gtest/gtest.h>

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
    EXPECT_FALSE(options->build.vmpl);
    EXPECT_EQ(options->memory, 256ull << 20);
}

TEST(Options, CpusFromOneToAllIdsButOne) {
    for (const char* text : {"1", "17", "254"}) EXPECT_EQ(refusal({.cpus = text}), "") << text;
    for (const char* text : {"0", "255", "1000", "-1", "4x", " 4", "0x4", "4.0", "18446744073709551617"})
        EXPECT_NE(refusal({.cpus = text}).find("choose 1 to 254: QEMU has APIC ids for 255 CPUs"),
                  std::string::npos)
            << text;
}

TEST(Options, GapsLeaveIdsForHalfOfThem) {
    EXPECT_EQ(refusal({.cpus = "128", .host_properties = "gapped-apic-ids"}), "");
    EXPECT_NE(refusal({.cpus = "129", .host_properties = "one-vmpl,gapped-apic-ids"}).find("choose 1 to 128"),
              std::string::npos);
}

TEST(Options, LaunchRightsAreLetters) {
    EXPECT_EQ(*parse_launch_rights("none"), 0);
    EXPECT_EQ(*parse_launch_rights("all"), 0xf);
    EXPECT_EQ(*parse_launch_rights("rw"), 3);
    EXPECT_EQ(*parse_launch_rights("rs"), 9);
    for (const char* text : {"", "x", "rwx", "r w"}) EXPECT_FALSE(parse_launch_rights(text)) << text;
}

TEST(Options, ARebootEndsOrRestarts) {
    EXPECT_EQ(parse({})->reboot, Reboot::Ends);
    EXPECT_EQ(parse({.reboot = "end"})->reboot, Reboot::Ends);
    EXPECT_EQ(parse({.reboot = "restart"})->reboot, Reboot::Restarts);
    EXPECT_NE(refusal({.reboot = "maybe"}).find("choose end or restart"), std::string::npos);
    EXPECT_NE(refusal({.reboot = "restart", .trace = "t"}).find("leave out --trace"), std::string::npos);
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
    ASSERT_TRUE(options->is_linux());
    EXPECT_EQ(options->memory, 1ull << 30);
    EXPECT_EQ(options->linux_guest.release, "trixie");
    EXPECT_TRUE(options->linux_guest.has_own_disk());
    EXPECT_EQ(parse({.guest = "linux", .memory = "512M"})->memory, 512ull << 20);
    EXPECT_FALSE(parse({.guest = "linux", .kernel = "k"})->linux_guest.has_own_disk());
    EXPECT_FALSE(parse({.guest = "linux", .deterministic = true})->linux_guest.has_own_disk());
    EXPECT_FALSE(parse({.guest = "demo"})->is_linux());
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

TEST(Options, FarMemoryLiesAboveAllOther) {
    const auto options = parse({.far_memory = "0x8010000000,64M"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->far_memory->begin, Gpa{0x80'1000'0000});
    EXPECT_EQ(options->far_memory->size(), 64u << 20);
    for (const char* text : {"0x7fffe00000,2M", "0x8000100000,2M", "0x8000000000,1M", "0x8000000000,2G",
                             "0x400000000000,2M", "0x8000000000", "549755813888,2M"})
        EXPECT_NE(refusal({.far_memory = text}).find("is not possible"), std::string::npos) << text;
}

TEST(Options, FirmwareHasAPlaceInWholePages) {
    const auto options = parse({.firmware = "0xffc00000,4M"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->firmware->begin, Gpa{0xffc0'0000});
    EXPECT_EQ(options->firmware->size(), 4u << 20);
    EXPECT_FALSE(parse({})->firmware);
    for (const char* text :
         {"4194304,4M", "0xffc00000", "0x,4M", "0xffc00800,4M", "0xz,4M", "0xfffffffffffff000,4M"})
        EXPECT_NE(refusal({.firmware = text}).find("is no place"), std::string::npos) << text;
    EXPECT_NE(refusal({.firmware = "0xffc00000,x"}), "");
}

TEST(Options, FirmwareIsAGuestOrStartsLinux) {
    const auto alone = parse({.guest = "firmware"});
    ASSERT_TRUE(alone);
    EXPECT_EQ(alone->kind, payload::Kind::Firmware);
    EXPECT_EQ(alone->firmware_guest.source, "debian");
    EXPECT_FALSE(alone->firmware_guest.has_kernel);
    EXPECT_EQ(alone->memory, payload::firmware_default_memory);
    const auto linux_behind = parse({.guest = "linux", .firmware = "x,y.fd"});
    ASSERT_TRUE(linux_behind);
    EXPECT_EQ(linux_behind->kind, payload::Kind::Firmware);
    EXPECT_EQ(linux_behind->firmware_guest.source, "x,y.fd");
    EXPECT_TRUE(linux_behind->firmware_guest.has_kernel);
    EXPECT_FALSE(linux_behind->linux_guest.has_own_disk());
    EXPECT_EQ(parse({.guest = "linux"})->kind, payload::Kind::Linux);
}

TEST(Options, DebianIsADiskBehindFirmware) {
    const auto options = parse({.guest = "debian"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->kind, payload::Kind::Firmware);
    ASSERT_TRUE(options->has_system());
    EXPECT_EQ(options->firmware_guest.system->release, "trixie");
    EXPECT_TRUE(options->firmware_guest.system->has_checks);
    EXPECT_EQ(options->firmware_guest.source, "debian") << "its firmware";
    EXPECT_EQ(options->memory, payload::linux_default_memory);
    EXPECT_EQ(options->timeout_seconds, debian_default_timeout);
    const auto other = parse({.guest = "debian", .release = "forky", .loader = "systemd-boot", .interactive = true});
    ASSERT_TRUE(other);
    EXPECT_EQ(other->firmware_guest.system->release, "forky");
    EXPECT_EQ(other->firmware_guest.system->loader, payload::BootLoader::SystemdBoot);
    EXPECT_FALSE(other->firmware_guest.system->has_checks);
    EXPECT_FALSE(parse({.guest = "firmware"})->has_system());
}

TEST(Options, FilesLeaveLinuxAndImages) {
    const std::string nonce(128, 'a');
    EXPECT_FALSE(parse({.guest = "linux"})->out);
    for (const char* guest : {"linux", "my.igvm"}) {
        RawOptions raw{.guest = guest};
        raw.out = "out";
        EXPECT_EQ(parse(raw)->out->nonce.size(), 64u) << guest;
        raw.nonce = nonce;
        EXPECT_EQ(parse(raw)->out->nonce, Buffer(64, std::byte{0xaa})) << guest;
    }
}

TEST(Options, FilesLeaveNoRunThatIsMoreThanOneOrRepeatable) {
    for (RawOptions raw : {RawOptions{.guest = "linux", .deterministic = true},
                           RawOptions{.guest = "linux", .reboot = "restart"}}) {
        raw.out = "out";
        EXPECT_NE(refusal(raw).find("--out is a disk of one run"), std::string::npos);
    }
    RawOptions raw{.guest = "demo"};
    raw.out = "out";
    EXPECT_NE(refusal(raw).find("--out belongs to the guest 'linux' and to images"), std::string::npos);
    raw = {.guest = "linux"};
    raw.nonce = "aa";
    EXPECT_NE(refusal(raw).find("name a folder with --out"), std::string::npos);
    raw.out = "out";
    EXPECT_NE(refusal(raw).find("--nonce aa is neither"), std::string::npos);
}

TEST(Options, AloneStartsManyMachines) {
    EXPECT_TRUE(parse({.guest = "conformance", .alone = true})->alone);
    EXPECT_NE(refusal({.guest = "linux", .alone = true}).find("belongs to the guest"), std::string::npos);
    EXPECT_NE(refusal({.reboot = "restart", .alone = true}).find("leave out"), std::string::npos);
    EXPECT_NE(refusal({.trace = "t", .alone = true}).find("leave out"), std::string::npos);
}

TEST(Options, ABootThatIsMeasuredHasNoDisk) {
    payload::LinuxOptions options;
    EXPECT_TRUE(options.has_own_disk());
    options.task = payload::LinuxTask::BootOnly;
    EXPECT_FALSE(options.has_own_disk());
}

TEST(HostData, is_32_bytes) {
    EXPECT_EQ(*parse_host_data(""), "");
    EXPECT_EQ(*parse_host_data(std::string(64, 'a')), std::string(64, 'a'));
    for (const std::string& text :
         {std::string(62, 'a'), std::string(66, 'a'), std::string(64, 'x'), std::string{"0"}})
        EXPECT_FALSE(parse_host_data(text)) << text;
}

}  // namespace
}  // namespace tools::run
