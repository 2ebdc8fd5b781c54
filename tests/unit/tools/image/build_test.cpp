// SPDX-License-Identifier: MIT
// The image builder: what the first instruction of the SVSM finds, and what is refused.
#include "tools/image/image.hpp"

#include <gtest/gtest.h>

#include "base/result.hpp"
#include "tests/unit/tools/elf/elf_image.hpp"
#include "tests/unit/tools/image/image_reader.hpp"
#include "tools/image/boot_block.hpp"
#include "tools/image/inspect.hpp"
#include "tools/payload/elf.hpp"

namespace tools::image {
namespace {

using abi::Pte;
using abi::igvm::PageDataType;

constexpr std::uint64_t base = abi::adyton::svsm_link_base, region = abi::adyton::svsm_default_base;
constexpr std::uint64_t guest_base = abi::adyton::guest_image_begin;

ElfImage svsm_elf() {
    ElfImage image;
    image.segment(base, PF_R | PF_X, 0x1800)
        .segment(base + 0x2000, PF_R, 16)
        .segment(base + 0x3000, PF_R | PF_W, 8, 0x2000);
    image.segment(base + 0x6000, PF_R | PF_W, 8);  // a hole of one page before it
    image.header.e_entry = base + 4;
    return image;
}

ElfImage guest_elf() {
    ElfImage image;
    image.segment(guest_base, PF_R | PF_X, 100).segment(guest_base + 0x4000, PF_R | PF_W, 8, 0x3000);
    image.header.e_entry = guest_base;
    return image;
}

class Image : public testing::Test {
protected:
    Result<Buffer> build() {
        svsm_bytes = svsm.bytes();
        options.svsm = svsm_bytes;
        return build_image(options, TRY(payload::load_elf(guest.bytes(), "guest.elf")).guest);
    }
    std::string sentence() {
        const auto built = build();
        return built ? "" : built.error().sentence;
    }
    ElfImage svsm = svsm_elf(), guest = guest_elf();
    std::vector<std::byte> svsm_bytes;
    Options options;
};

abi::adyton::BootBlock block_of(const Buffer& image) { return *find_boot_block(*igvm::File::open(image)); }

TEST_F(Image, TwiceTheSameIsTheSame) { EXPECT_EQ(*build(), *build()); }

TEST_F(Image, PagesAscendAndTheVmsaIsLast) {
    const Buffer image = *build();
    std::uint64_t previous = 0;
    bool vmsa_seen = false;
    igvm::File::open(image)->for_each([&](const igvm::Directive& directive) {
        EXPECT_FALSE(vmsa_seen);
        vmsa_seen = std::holds_alternative<igvm::VpContext>(directive);
        if (const auto* page = std::get_if<igvm::PageData>(&directive)) {
            EXPECT_GT(page->gpa.value(), previous);
            previous = page->gpa.value();
        }
        return true;
    });
    EXPECT_TRUE(vmsa_seen);
}

TEST_F(Image, ChecksumIsTheOneOfTheFormat) {
    // CRC-32 bit by bit, independent of the table that writes it.
    Buffer image = *build();
    const auto fixed = *load<abi::igvm::FixedHeader>(image, 0);
    std::memset(image.data() + offsetof(abi::igvm::FixedHeader, checksum), 0, 4);
    std::uint32_t crc = ~0u;
    for (std::size_t i = 0; i < fixed.variable_header_offset + fixed.variable_header_size; ++i) {
        crc ^= std::to_integer<std::uint32_t>(image[i]);
        for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
    EXPECT_EQ(~crc, fixed.checksum);
    EXPECT_EQ(fixed.total_file_size, image.size());
}

TEST_F(Image, BootBlockDescribesTheImage) {
    options.guest_vmpl = 2;
    options.guest_name = "someone";
    const auto block = block_of(*build());
    EXPECT_EQ(block.guest_vmpl, 2u);
    EXPECT_EQ(block.c_bit, 47u);
    EXPECT_STREQ(block.guest_name.data(), "someone");
    EXPECT_EQ(block.guest_entry, guest_base);
    ASSERT_EQ(block.guest_segment_count, 2u);
    EXPECT_EQ(block.guest_segments[0].bytes, 0x1000u);
    EXPECT_EQ(block.guest_segments[1].gpa, guest_base + 0x4000);
    EXPECT_EQ(block.guest_segments[1].bytes, 0x3000u);
    EXPECT_EQ(block.page_table_gpa, region + 0x7000);
    EXPECT_EQ(block.image_end_gpa, block.general_gpa + page_bytes);
}

TEST_F(Image, LongGuestNameIsCutAndTerminated) {
    options.guest_name = std::string(200, 'n');
    const auto name = block_of(*build()).guest_name;
    EXPECT_EQ(std::strlen(name.data()), name.size() - 1);
}

TEST_F(Image, SpecialPagesAreMarked) {
    const Buffer image = *build();
    ImageReader reader{image};
    const auto block = block_of(image);
    EXPECT_EQ(reader.pages.at(block.cpuid_gpa).type, PageDataType::CpuidData);
    EXPECT_EQ(reader.pages.at(block.secrets_gpa).type, PageDataType::Secrets);
    // What the loader writes as parameters is not page data, and the heap is not loaded.
    EXPECT_FALSE(reader.pages.contains(block.memory_map_gpa));
    EXPECT_FALSE(reader.pages.contains(block.general_gpa));
    EXPECT_FALSE(reader.pages.contains(block.image_end_gpa));
    EXPECT_FALSE(reader.pages.at(region + 0x4000).data) << "a page of zeros carries no data";
}

TEST_F(Image, FirstInstructionRunsInLongMode) {
    const Buffer image = *build();
    const ImageReader reader{image};
    const auto block = block_of(image);
    EXPECT_EQ(reader.vmsa.rip, base + 4);
    EXPECT_EQ(reader.vmsa.cr3, block.page_table_gpa | 1ull << 47);
    EXPECT_EQ(reader.vmsa.rdi, base + block.page_table_gpa + 7 * page_bytes - region);
    EXPECT_EQ(reader.vmsa.cr0, 0x80010033u);
    EXPECT_EQ(reader.vmsa.cr4, 0x6f8u);
    EXPECT_EQ(reader.vmsa.efer, 0x1d00u);
    EXPECT_EQ(reader.vmsa.cs.attributes, 0xa9b);
    EXPECT_EQ(reader.vmsa.sev_features, 1u);
    EXPECT_EQ(reader.vmsa.vmpl, 0);
}

TEST_F(Image, EveryPageOfTheRegionHasTheRightsItShouldHave) {
    const Buffer image = *build();
    ImageReader reader{image};
    const auto block = block_of(image);
    const std::uint64_t nx = Pte::no_execute, w = Pte::writable;
    for (std::uint64_t offset = 0; offset < options.region_bytes; offset += page_bytes) {
        std::uint64_t expected = nx | w;
        const std::uint64_t gpa = region + offset;
        if (offset < 0x2000) expected = 0;
        if (offset == 0x2000 || gpa == block.cpuid_gpa || gpa == block.memory_map_gpa ||
            gpa == block.general_gpa)
            expected = nx;
        if (base + offset == reader.vmsa.rdi) expected = nx;
        const auto entry = reader.walk(base + offset, 47);
        if (offset == 0x5000) {  // the hole
            EXPECT_FALSE(entry);
            continue;
        }
        ASSERT_TRUE(entry) << std::hex << offset;
        EXPECT_EQ(*entry & (nx | w | Pte::user), expected) << std::hex << offset;
        EXPECT_EQ(*entry & Pte::address_mask, gpa | 1ull << 47) << std::hex << offset;
    }
    EXPECT_TRUE(reader.all_encrypted);
}

TEST_F(Image, NothingElseIsMapped) {
    const Buffer image = *build();
    ImageReader reader{image};
    for (const std::uint64_t address :
         {std::uint64_t{0}, region, guest_base, base - page_bytes, base + options.region_bytes})
        EXPECT_FALSE(reader.walk(address, 47)) << std::hex << address;
}

TEST_F(Image, GuardPagesAreNotMapped) {
    svsm.symbol("__guard_begin", base + 0x4000).symbol("__guard_end", base + 0x5000);
    const Buffer image = *build();
    ImageReader reader{image};
    EXPECT_FALSE(reader.walk(base + 0x4000, 47));
    EXPECT_TRUE(reader.walk(base + 0x3000, 47));
}

TEST_F(Image, CBitIsTheOneAskedFor) {
    options.c_bit = 51;
    const Buffer image = *build();
    ImageReader reader{image};
    EXPECT_EQ(reader.vmsa.cr3 >> 51, 1u);
    EXPECT_TRUE(reader.walk(base, 51));
    EXPECT_TRUE(reader.all_encrypted);
}

TEST_F(Image, ListingNamesEverything) {
    const Buffer image = *build();
    const auto text = describe_image(image, "x.igvm");
    ASSERT_TRUE(text);
    for (const char* words : {"secrets", "CPUID", "boot VMSA", "guest policy", "required memory", "VMPL1"})
        EXPECT_NE(text->find(words), std::string::npos) << words;
}

TEST_F(Image, RegionIsMadePrivateBeforeAnythingLiesInIt) {
    const Buffer image = *build();
    const auto text = *describe_image(image, "x.igvm");
    const auto required = text.find("  required memory ");
    ASSERT_NE(required, std::string::npos);
    for (const char* later : {"  parameter insert ", "  pages "})
        EXPECT_LT(required, text.find(later)) << later;
}

TEST_F(Image, RefusesSegmentsThatCanBeWrittenAndExecuted) {
    svsm.parts[0].flags |= PF_W;
    EXPECT_NE(sentence().find("written and executed"), std::string::npos);
}

TEST_F(Image, RefusesTwoRightsInOnePage) {
    svsm.parts[1].address = base + 0x1900;
    EXPECT_NE(sentence().find("different rights"), std::string::npos);
}

TEST_F(Image, RefusesAnSvsmOutsideItsRegion) {
    svsm.parts[3].address = base + options.region_bytes;
    EXPECT_NE(sentence().find("outside"), std::string::npos);
}

TEST_F(Image, RefusesAnSvsmThatLeavesNoMemory) {
    svsm.parts[3].memory_bytes = options.region_bytes - 0x6000;
    EXPECT_NE(sentence().find("leaves no memory"), std::string::npos);
}

TEST_F(Image, RefusesAGuestOutsideItsRange) {
    guest.parts[1].address = abi::adyton::guest_image_end - 0x1000;
    EXPECT_NE(sentence().find("link it between"), std::string::npos);
    guest.parts[1].address = guest_base - 0x1000, guest.parts[1].memory_bytes = 0x1000;
    EXPECT_NE(sentence().find("link it between"), std::string::npos);
}

TEST_F(Image, RefusesTooManySeparateRanges) {
    for (std::uint64_t i = 0; i < 16; ++i) guest.segment(guest_base + 0x10000 + i * 0x2000, PF_R, 8);
    EXPECT_NE(sentence().find("18 separate ranges"), std::string::npos);
}

TEST_F(Image, RefusesVmplsAndCBitsThatDoNotExist) {
    options.guest_vmpl = 0;
    EXPECT_NE(sentence().find("VMPL 0"), std::string::npos);
    options.guest_vmpl = 1;
    options.c_bit = 52;
    EXPECT_NE(sentence().find("C-bit 52"), std::string::npos);
}

}  // namespace
}  // namespace tools::image
