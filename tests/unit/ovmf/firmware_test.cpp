// SPDX-License-Identifier: MIT
// Reading firmware files: a sound one says where its pages and sections go, and every way to be unsound has a name.
#include "ovmf/firmware.hpp"

#include <set>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/unit/ovmf/firmware_file.hpp"

namespace ovmf {
namespace {

using abi::ovmf::SectionType;

/// Null for numbers that are no error; the compiler asks for a new one here.
const char* name_of(Error error) {
    switch (error) {
        case Error::BadFileSize: return "BadFileSize";
        case Error::NoTable: return "NoTable";
        case Error::BadTableLength: return "BadTableLength";
        case Error::BadBlockLength: return "BadBlockLength";
        case Error::BlockTwice: return "BlockTwice";
        case Error::ShortBlock: return "ShortBlock";
        case Error::NoMetadata: return "NoMetadata";
        case Error::MetadataOutside: return "MetadataOutside";
        case Error::BadMagic: return "BadMagic";
        case Error::BadVersion: return "BadVersion";
        case Error::BadMetadataLength: return "BadMetadataLength";
        case Error::ManySections: return "ManySections";
        case Error::UnknownSection: return "UnknownSection";
        case Error::UnalignedSection: return "UnalignedSection";
        case Error::SectionTooHigh: return "SectionTooHigh";
        case Error::SectionInWindow: return "SectionInWindow";
        case Error::SectionsOverlap: return "SectionsOverlap";
        case Error::NoSecrets: return "NoSecrets";
        case Error::ManySecrets: return "ManySecrets";
        case Error::NoCpuid: return "NoCpuid";
        case Error::ManyCpuids: return "ManyCpuids";
        case Error::NotOnePage: return "NotOnePage";
        case Error::NoCallingArea: return "NoCallingArea";
        case Error::ManyCallingAreas: return "ManyCallingAreas";
    }
    return nullptr;
}

TEST(Ovmf, says_where_its_pages_and_sections_go) {
    const auto bytes = FirmwareFile{}.bytes();
    const auto firmware = Firmware::open(bytes);
    ASSERT_TRUE(firmware) << describe(firmware.error().error);
    EXPECT_EQ(firmware->window(), (GpaRange{Gpa{0xffff'e000}, Gpa{0x1'0000'0000}}));
    EXPECT_EQ(firmware->ap_reset(), 0x80'b004u);
    EXPECT_EQ(firmware->hash_table(), (GpaRange{Gpa{0x81'0c00}, Gpa{0x81'1000}}));
    ASSERT_EQ(firmware->sections().size(), 7u);
    EXPECT_EQ(firmware->sections()[0].range, (GpaRange{Gpa{0x80'0000}, Gpa{0x80'9000}}));
    EXPECT_EQ(firmware->sections()[0].type, SectionType::SecMemory);
    EXPECT_EQ(firmware->sections()[4].type, SectionType::SvsmCaa);
    EXPECT_TRUE(firmware->check_for_svsm());
}

TEST(Ovmf, sections_of_no_length_stand_for_none) {
    FirmwareFile file;
    file.sections[4].bytes = file.sections[6].bytes = 0;
    const auto bytes = file.bytes();
    const auto firmware = Firmware::open(bytes);
    ASSERT_TRUE(firmware);
    EXPECT_EQ(firmware->sections().size(), 5u);
    ASSERT_FALSE(firmware->check_for_svsm());
    EXPECT_EQ(firmware->check_for_svsm().error().error, Error::NoCallingArea);
}

TEST(Ovmf, a_build_without_hashes_or_aps_is_sound) {
    FirmwareFile file;
    file.blocks[1].data = {0, 0};
    file.blocks.pop_back();
    file.blocks.push_back({abi::ovmf::hash_table, {1, 2, 3}});  // a block that this reader does not know
    const auto bytes = file.bytes();
    const auto firmware = Firmware::open(bytes);
    ASSERT_TRUE(firmware);
    EXPECT_FALSE(firmware->hash_table());
    EXPECT_FALSE(firmware->ap_reset());
}

TEST(Ovmf, takes_as_many_sections_as_it_says) {
    FirmwareFile file;
    for (std::uint32_t i = 0; file.sections.size() < max_sections; ++i)
        file.sections.push_back({0x90'0000 + i * 0x1000, 0x1000, 1});
    EXPECT_TRUE(Firmware::open(file.bytes()));
}

struct Row {
    const char* what;
    void (*spoil)(FirmwareFile&);
    Error why;
    std::uint64_t offset;  ///< where, in a file of two pages
};
constexpr std::uint64_t metadata = 0x1c00, section = metadata + 16, footer = 0x1fce;

constexpr Row rows[] = {
    {"no file", [](FirmwareFile& f) { f.size = 0x2800; }, Error::BadFileSize, 0x2800},
    {"too large a file", [](FirmwareFile& f) { f.size = max_file_bytes + 0x1000; }, Error::BadFileSize,
     max_file_bytes + 0x1000},
    {"another footer", [](FirmwareFile& f) { f.footer[3] ^= 1; }, Error::NoTable, footer},
    {"a table shorter than its footer", [](FirmwareFile& f) { f.table_bytes = 17; }, Error::BadTableLength,
     footer},
    {"a table longer than the file", [](FirmwareFile& f) { f.table_bytes = 0x2001; }, Error::BadTableLength,
     footer},
    {"a block shorter than its end", [](FirmwareFile& f) { f.blocks[0].bytes = 17; }, Error::BadBlockLength,
     footer - 18},
    {"a block longer than the table", [](FirmwareFile& f) { f.blocks[2].bytes = 23; }, Error::BadBlockLength,
     footer - 22 - 26 - 18},
    {"rest of a table that is no block",
     [](FirmwareFile& f) {
         f.blocks[2].name = abi::ovmf::kernel_hash;
         f.blocks[2].bytes = 21;
     },
     Error::BadBlockLength, footer - 22 - 26 - 22},
    {"metadata named twice", [](FirmwareFile& f) { f.blocks.push_back(f.blocks[0]); }, Error::BlockTwice,
     0x1f72},
    {"hashes named twice", [](FirmwareFile& f) { f.blocks.push_back(f.blocks[1]); }, Error::BlockTwice,
     0x1f6e},
    {"metadata without a place", [](FirmwareFile& f) { f.blocks[0].data.clear(); }, Error::ShortBlock,
     footer - 18},
    {"hashes without a size", [](FirmwareFile& f) { f.blocks[1].data.pop_back(); }, Error::ShortBlock,
     footer - 44},
    {"no metadata", [](FirmwareFile& f) { f.blocks.erase(f.blocks.begin()); }, Error::NoMetadata, 0x2000},
    {"metadata before the file", [](FirmwareFile& f) { f.blocks[0].data[0] = 0x2001; },
     Error::MetadataOutside, 0x2000},
    {"metadata behind the file", [](FirmwareFile& f) { f.blocks[0].data[0] = 15; }, Error::MetadataOutside,
     0x2000},
    {"metadata that leave the file",
     [](FirmwareFile& f) {
         f.sections.clear();
         f.head.sections = 2;
         f.head.bytes = 16 + 2 * 12;
         f.distance = f.blocks[0].data[0] = 0x20;
     },
     Error::MetadataOutside, 0x1fe0},
    {"another magic number", [](FirmwareFile& f) { f.head.magic ^= 1; }, Error::BadMagic, metadata},
    {"another version", [](FirmwareFile& f) { f.head.version = 2; }, Error::BadVersion, metadata + 8},
    {"a length that is not that of the sections", [](FirmwareFile& f) { f.head.bytes = 16 + 6 * 12; },
     Error::BadMetadataLength, metadata + 4},
    {"17 sections", [](FirmwareFile& f) { f.head.sections = 17; }, Error::ManySections, metadata + 12},
    {"2^32 - 1 sections", [](FirmwareFile& f) { f.head.sections = ~0u; }, Error::ManySections, metadata + 12},
    {"a section of another type", [](FirmwareFile& f) { f.sections[1].type = 5; }, Error::UnknownSection,
     section + 12},
    {"a section that begins inside a page", [](FirmwareFile& f) { f.sections[0].gpa += 8; },
     Error::UnalignedSection, section},
    {"a section that ends inside a page", [](FirmwareFile& f) { f.sections[0].bytes -= 8; },
     Error::UnalignedSection, section},
    {"a section beyond 4 GiB",
     [](FirmwareFile& f) {
         f.sections[0] = {0xffff'f000, 0x2000, 1};
     },
     Error::SectionTooHigh, section},
    {"a section in the window",
     [](FirmwareFile& f) {
         f.sections[0] = {0xffff'e000, 0x1000, 1};
     },
     Error::SectionInWindow, section},
    {"a section that reaches into the window",
     [](FirmwareFile& f) {
         f.sections[0] = {0xffff'd000, 0x2000, 1};
     },
     Error::SectionInWindow, section},
    {"a section whose size wraps",
     [](FirmwareFile& f) {
         f.sections[0] = {0x80'0000, 0xffff'f000, 1};
     },
     Error::SectionTooHigh, section},
    {"overlapping sections", [](FirmwareFile& f) { f.sections[1].gpa = 0x80'8000; }, Error::SectionsOverlap,
     section + 12},
    {"no secrets", [](FirmwareFile& f) { f.sections[2].type = 1; }, Error::NoSecrets, metadata},
    {"two secrets pages",
     [](FirmwareFile& f) {
         f.sections[1] = {0x90'0000, 0x1000, 2};
     },
     Error::ManySecrets, section + 24},
    {"no CPUID page", [](FirmwareFile& f) { f.sections[3].bytes = 0; }, Error::NoCpuid, metadata},
    {"two CPUID pages", [](FirmwareFile& f) { f.sections[6].type = 3; }, Error::ManyCpuids, section + 72},
    {"secrets of two pages",
     [](FirmwareFile& f) {
         f.sections[2] = {0x90'0000, 0x2000, 2};
     },
     Error::NotOnePage, section + 24},
};

/// The reasons that `check_for_svsm` has in addition.
constexpr Row svsm_rows[] = {
    {"no calling area", [](FirmwareFile& f) { f.sections[4].type = 1; }, Error::NoCallingArea, metadata},
    {"two calling areas", [](FirmwareFile& f) { f.sections[0].type = 4; }, Error::ManyCallingAreas,
     section + 48},
    {"a calling area of two pages",
     [](FirmwareFile& f) {
         f.sections[4] = {0x90'0000, 0x2000, 4};
     },
     Error::NotOnePage, section + 48},
};

TEST(OvmfRefuses, each_file_for_its_reason_and_names_the_place) {
    std::set<Error> provoked;
    for (const Row& row : rows) {
        FirmwareFile file;
        row.spoil(file);
        const auto bytes = file.bytes();
        const auto firmware = Firmware::open(bytes);
        ASSERT_FALSE(firmware) << row.what;
        EXPECT_EQ(firmware.error().error, row.why) << row.what << ": " << describe(firmware.error().error);
        EXPECT_EQ(firmware.error().offset, row.offset) << row.what;
        provoked.insert(firmware.error().error);
    }
    for (const Row& row : svsm_rows) {
        FirmwareFile file;
        row.spoil(file);
        const auto bytes = file.bytes();
        const auto firmware = Firmware::open(bytes);
        ASSERT_TRUE(firmware) << row.what;
        const auto checked = firmware->check_for_svsm();
        ASSERT_FALSE(checked) << row.what;
        EXPECT_EQ(checked.error().error, row.why) << row.what;
        EXPECT_EQ(checked.error().offset, row.offset) << row.what;
        provoked.insert(checked.error().error);
    }
    for (unsigned i = 0; i < 256; ++i)
        if (const char* const name = name_of(static_cast<Error>(i)))
            EXPECT_TRUE(provoked.contains(static_cast<Error>(i))) << "no row provokes " << name;
}

TEST(OvmfRefuses, an_empty_file_and_one_that_is_only_zeros) {
    EXPECT_EQ(Firmware::open({}).error().error, Error::BadFileSize);
    const std::vector<std::byte> zeros(0x2000);
    EXPECT_EQ(Firmware::open(zeros).error().error, Error::NoTable);
}

TEST(OvmfErrors, every_error_has_its_own_sentence) {
    std::set<std::string_view> sentences;
    unsigned count = 0;
    for (unsigned i = 0; i < 256; ++i)
        if (name_of(static_cast<Error>(i)) != nullptr)
            ++count, sentences.insert(describe(static_cast<Error>(i)));
    EXPECT_EQ(sentences.size(), count);
    EXPECT_FALSE(sentences.contains("unknown error"));
}

}  // namespace
}  // namespace ovmf
