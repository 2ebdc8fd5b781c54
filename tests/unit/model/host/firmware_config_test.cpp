// SPDX-License-Identifier: MIT
// The firmware configuration that SVSMs read.
#include "model/host/firmware_config.hpp"

#include <gtest/gtest.h>

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
