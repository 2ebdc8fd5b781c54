// SPDX-License-Identifier: MIT
// The firmware configuration that SVSMs read.
#include "model/host/firmware_config.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace model::host {
namespace {

constexpr GpaRange firmware{Gpa{0xffc0'0000}, Gpa{0x1'0000'0000}};

std::string read_all(FirmwareConfig& config, std::uint16_t item, std::size_t bytes) {
    config.select(item);
    std::string text;
    for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(config.read());
    return text;
}

TEST(FirmwareConfig, NothingIsThereUnlessItIsAskedFor) {
    EXPECT_FALSE(FirmwareConfig{}.exists());
    EXPECT_TRUE((FirmwareConfig{firmware, 4}.exists()));
}

TEST(FirmwareConfig, SaysWhatItIs) {
    FirmwareConfig config{firmware, 4};
    EXPECT_EQ(read_all(config, 0, 4), "QEMU");
    EXPECT_EQ(read_all(config, 1, 4), std::string("\3\0\0\0", 4));
    EXPECT_EQ(read_all(config, 5, 2), std::string("\4\0", 2));
}

TEST(FirmwareConfig, TheDirectoryNamesTwoFiles) {
    FirmwareConfig config{firmware, 1};
    const std::string directory = read_all(config, 0x19, 4 + 2 * 64);
    EXPECT_EQ(directory.substr(0, 4), std::string("\0\0\0\2", 4));
    EXPECT_EQ(directory.substr(4, 8), std::string("\0\0\0\x8\0\x20\0\0", 8));
    EXPECT_EQ(directory.substr(12, 13), std::string("etc/bios_gpa\0", 13));
    EXPECT_EQ(directory.substr(68, 8), std::string("\0\0\0\x8\0\x21\0\0", 8));
    EXPECT_STREQ(directory.c_str() + 76, "etc/bios_size");
    EXPECT_EQ(read_all(config, 0x20, 8), std::string("\0\0\xc0\xff\0\0\0\0", 8));
    EXPECT_EQ(read_all(config, 0x21, 8), std::string("\0\0\x40\0\0\0\0\0", 8));
}

TEST(FirmwareConfig, BehindTheEndAndInItemsThatDoNotExistAreZeros) {
    FirmwareConfig config{firmware, 1};
    EXPECT_EQ(read_all(config, 0, 6), std::string("QEMU\0\0", 6));
    EXPECT_EQ(read_all(config, 0x22, 2), std::string("\0\0", 2));
    EXPECT_EQ(read_all(config, 0xffff, 2), std::string("\0\0", 2));
}

/// Each byte of an outer file is its number plus the offset.
void fetch(std::uint16_t number, std::uint64_t offset, std::span<std::byte> to) {
    for (std::byte& each : to) each = static_cast<std::byte>(number + offset++);
}
constexpr std::array<GpaRange, 1> memory{{{Gpa{0}, Gpa{0x2000'0000}}}};
FirmwareConfig with_files() {
    return {firmware,
            3,
            {.fetch = fetch,
             .kernel = {'A', 5},
             .setup = {'P', 3},
             .command_line = {'a', 2},
             .acpi_rsdp = {'r', 4},
             .acpi_tables = {'t', 0},
             .acpi_loader = {'l', 1},
             .memory = memory}};
}

TEST(FirmwareConfig, AKernelIsThereWithItsSizes) {
    FirmwareConfig config = with_files();
    EXPECT_EQ(read_all(config, 0x08, 4), std::string("\5\0\0\0", 4));
    EXPECT_EQ(read_all(config, 0x11, 6), std::string("ABCDE\0", 6));
    EXPECT_EQ(read_all(config, 0x17, 4), std::string("\3\0\0\0", 4));
    EXPECT_EQ(read_all(config, 0x18, 4), std::string("PQR\0", 4));
    EXPECT_EQ(read_all(config, 0x14, 4), std::string("\2\0\0\0", 4));
    EXPECT_EQ(read_all(config, 0x15, 2), "ab");
}
TEST(FirmwareConfig, WhatIsNotBroughtHasTheSizeZero) {
    FirmwareConfig config = with_files();
    EXPECT_EQ(read_all(config, 0x0b, 4), std::string(4, '\0'));
    EXPECT_EQ(read_all(config, 0x12, 2), std::string(2, '\0')) << "and nothing is fetched";
}
TEST(FirmwareConfig, CountsTheGuestsCpusTwiceAndHasNoMenu) {
    FirmwareConfig config = with_files();
    for (const auto item : std::initializer_list<std::uint16_t>{0x5, 0xf})
        EXPECT_EQ(read_all(config, item, 2), std::string("\3\0", 2));
    EXPECT_EQ(read_all(config, 0xe, 2), std::string(2, '\0'));
}
TEST(FirmwareConfig, TheDirectoryNamesTheFilesThatThereAre) {
    FirmwareConfig config = with_files();
    const std::string directory = read_all(config, 0x19, 4 + 3 * 64);
    EXPECT_EQ(directory[3], 3);
    const char* const names[] = {"etc/e820", "etc/acpi/rsdp", "etc/table-loader"};
    for (std::size_t i = 0; i < std::size(names); ++i)
        EXPECT_STREQ(directory.c_str() + 12 + 64 * i, names[i]);
    EXPECT_EQ(read_all(config, 0x21, 4), "rstu");
    EXPECT_EQ(read_all(config, 0x22, 2), std::string("l\0", 2));
}
TEST(FirmwareConfig, WithoutTablesItNamesThePlaceOfTheFirmware) {
    FirmwareConfig config{firmware, 1, {.fetch = fetch, .memory = memory}};
    const std::string directory = read_all(config, 0x19, 4 + 3 * 64);
    EXPECT_EQ(directory[3], 3);
    EXPECT_STREQ(directory.c_str() + 12, "etc/bios_gpa");
    EXPECT_STREQ(directory.c_str() + 140, "etc/e820");
    EXPECT_EQ(read_all(config, 0x21, 8), std::string("\0\0\x40\0\0\0\0\0", 8));
}
TEST(FirmwareConfig, TheMapIsPacked) {
    FirmwareConfig config = with_files();
    EXPECT_EQ(read_all(config, 0x20, 20), std::string("\0\0\0\0\0\0\0\0\0\0\0\x20\0\0\0\0\1\0\0\0", 20));
}
TEST(FirmwareConfig, ReadsInPiecesThatMayPassTheEnd) {
    FirmwareConfig config = with_files();
    config.select(0x11);
    std::array<std::byte, 3> piece{};
    config.read(piece);
    config.read(piece);
    EXPECT_EQ(piece, (std::array{std::byte{'D'}, std::byte{'E'}, std::byte{0}}));
    EXPECT_EQ(config.selected(), 0x11);
}
TEST(FirmwareConfig, SkippingInAnOuterFileWorksAcrossCommands) {
    FirmwareConfig config = with_files();
    EXPECT_EQ(config.begin({0x11u << 16 | FirmwareCommand::select | FirmwareCommand::skip, 2}), 0u);
    EXPECT_EQ(config.read(), 'C');
}

TEST(FirmwareCommand, IsBigEndian) {
    std::array<std::byte, 16> bytes{};
    bytes[1] = std::byte{0x19};
    bytes[3] = std::byte{0xa};
    bytes[7] = std::byte{4};
    bytes[15] = std::byte{8};
    EXPECT_EQ(read_firmware_command(bytes), (FirmwareCommand{0x19'000a, 4, Gpa{8}}));
}

TEST(FirmwareCommand, SelectsSkipsAndReads) {
    FirmwareConfig config{firmware, 1};
    EXPECT_EQ(config.begin({FirmwareCommand::select | FirmwareCommand::skip, 2}), 0u);  // item 0
    EXPECT_EQ(config.read(), 'M');
    EXPECT_EQ(config.begin({FirmwareCommand::read, 5}), 5u);
    EXPECT_EQ(config.read(), 'U') << "no other item was selected";
    EXPECT_EQ(config.begin({0, 5}), 0u);
}

TEST(FirmwareCommand, DoesNotWriteAndIsNotEndless) {
    FirmwareConfig config{firmware, 1};
    EXPECT_EQ(config.begin({FirmwareCommand::write, 1}), std::nullopt);
    EXPECT_EQ(config.begin({FirmwareCommand::read, 1 << 20}), 1u << 20);
    EXPECT_EQ(config.begin({FirmwareCommand::read, (1 << 20) + 1}), std::nullopt);
    (void)config.begin({FirmwareCommand::skip, ~0u});
    EXPECT_EQ(config.read(), 0);
}

}  // namespace
}  // namespace model::host
