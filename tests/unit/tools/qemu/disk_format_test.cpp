// SPDX-License-Identifier: MIT
// Images of other formats are never overwritten as raw ones, and a guest cannot choose how its
// disk is opened.
#include "tools/qemu/disk_format.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/unit/own_folder.hpp"
#include "tools/qemu/devices.hpp"

namespace tools::qemu {
namespace {

using namespace std::literals;

/// A mark in a file of 4 KiB.
struct Written {
    DiskFormat format;
    std::size_t offset;
    std::string_view mark;
};
constexpr std::array images{Written{DiskFormat::Qcow2, 0, "QFI\xfb\0\0\0\x03"sv},
                            Written{DiskFormat::Vmdk, 0, "KDMV\x01\0\0\0"sv},
                            Written{DiskFormat::Vmdk, 0, "# Disk DescriptorFile\n"sv},
                            Written{DiskFormat::Vhdx, 0, "vhdxfile"sv},
                            Written{DiskFormat::Vdi, 64, "\x7f\x10\xda\xbe"sv},
                            Written{DiskFormat::Vhd, 0, "conectix"sv},
                            Written{DiskFormat::Vhd, 4096 - 512, "conectix"sv}};

class DiskFormats : public testing::Test {
protected:
    void write(std::size_t offset, std::string_view mark, std::size_t size = 4096) {
        std::string bytes(size, '\0');
        bytes.replace(offset, mark.size(), mark);
        std::ofstream{file} << bytes;
    }
    std::string refusal(const std::string& words = "") {
        const auto disk = parse_disk(file.string() + words);
        return disk ? "" : disk.error().sentence;
    }
    OwnFolder folder;
    std::filesystem::path file = folder / "disk.img";
};

TEST_F(DiskFormats, are_recognised_by_what_the_file_says) {
    for (const Written& image : images) {
        write(image.offset, image.mark);
        EXPECT_EQ(*look_at_disk(file), image.format) << image.mark;
    }
    write(0, "an ext4 file system");
    EXPECT_EQ(*look_at_disk(file), DiskFormat::Raw);
}

TEST_F(DiskFormats, are_refused_as_raw_with_the_cure) {
    for (const Written& image : images) {
        write(image.offset, image.mark);
        const std::string cure =
            ",format=" + std::string{image.format == DiskFormat::Vhd ? "vhd" : qemu_name(image.format)};
        for (const std::string words : {"", ",snapshot", ",ro"})
            EXPECT_NE(refusal(words).find(cure), std::string::npos) << image.mark << words;
        EXPECT_EQ(refusal(cure), "");
        // The user knows better: a raw disk on which a guest has put these bytes.
        EXPECT_EQ(refusal(",format=raw"), "");
    }
}

TEST_F(DiskFormats, of_files_too_short_for_a_mark_are_raw) {
    for (const std::size_t size : {0u, 1u, 3u, 66u, 100u, 511u}) {
        write(0, "", size);
        EXPECT_EQ(*look_at_disk(file), DiskFormat::Raw) << size;
    }
}

TEST_F(DiskFormats, go_to_qemu_under_its_names) {
    write(4096 - 512, "conectix");
    Options list;
    add_disk(list, *parse_disk(file.string() + ",format=vpc,ro"), 0);
    EXPECT_NE(list[0].second.find("format=vpc,"), std::string::npos) << list[0].second;
    EXPECT_NE(list[0].second.find("readonly=on"), std::string::npos);
}

TEST_F(DiskFormats, stand_before_or_behind_the_mode) {
    write(0, "QFI\xfb");
    const Disk wanted{file, DiskMode::Snapshot, DiskFormat::Qcow2};
    EXPECT_EQ(*parse_disk(file.string() + ",snapshot,format=qcow2"), wanted);
    EXPECT_EQ(*parse_disk(file.string() + ",format=qcow2,snapshot"), wanted);
    EXPECT_NE(refusal(",format=qcow2,format=raw").find("contradicts"), std::string::npos);
    EXPECT_NE(refusal(",format=").find("no disk format ''"), std::string::npos);
    EXPECT_NE(refusal(",format=QCOW2").find("no disk format 'QCOW2'"), std::string::npos);
}

TEST_F(DiskFormats, that_the_file_does_not_have_are_refused) {
    write(0, "an ext4 file system");
    EXPECT_NE(refusal(",format=vdi").find("format=raw"), std::string::npos);
    write(0, "vhdxfile");
    EXPECT_NE(refusal(",format=vdi").find("format=vhdx"), std::string::npos);
}

TEST(DiskFormatOfAName, is_qcow2_where_the_name_says_so) {
    const OwnFolder folder;
    const auto file = folder / "disk.qcow2";
    std::ofstream{file} << "QFI\xfb" << std::string(600, '\0');
    EXPECT_EQ(*choose_disk_format(file, {}), DiskFormat::Qcow2);
    std::ofstream{file} << std::string(600, '\0');
    EXPECT_FALSE(choose_disk_format(file, {}));
    EXPECT_EQ(*choose_disk_format(file, DiskFormat::Raw), DiskFormat::Raw);
}

}  // namespace
}  // namespace tools::qemu
