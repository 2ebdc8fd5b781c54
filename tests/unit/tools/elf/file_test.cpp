// SPDX-License-Identifier: MIT
// The ELF reader: what it takes from a sound file, and its sentence for each unsound one.
#include "tools/elf/file.hpp"

#include <gtest/gtest.h>

#include "tests/unit/tools/elf/elf_image.hpp"

namespace tools::elf {
namespace {

constexpr std::uint64_t base = 0x100'0000;

ElfImage sound() {
    ElfImage image;
    image.segment(base, PF_R | PF_X, 100).segment(base + 0x1000, PF_R | PF_W, 8, 0x2000);
    image.symbol("second", base + 0x20).symbol("_start", base).symbol("first", base + 0x10);
    image.header.e_entry = base;
    return image;
}

/// The sentence for an image; empty when it is accepted.
std::string sentence_for(ElfImage image) {
    const auto bytes = image.bytes();
    const auto file = File::open(bytes, "x");
    return file ? "" : file.error().sentence;
}

TEST(Elf, SegmentsKeepAddressRightsAndSize) {
    const auto bytes = sound().bytes();
    const auto file = File::open(bytes, "x");
    ASSERT_TRUE(file) << file.error().sentence;
    EXPECT_EQ(file->entry(), base);
    ASSERT_EQ(file->segments().size(), 2u);
    const Segment& code = file->segments()[0];
    EXPECT_TRUE(code.readable && code.executable && !code.writable);
    EXPECT_EQ(code.data.size(), 100u);
    EXPECT_EQ(file->segments()[1].virtual_end(), base + 0x3000);
    EXPECT_EQ(file->loaded_bytes(), 100u + 0x2000u);
}

TEST(Elf, SymbolsAreSortedByAddress) {
    const auto bytes = sound().bytes();
    const auto file = File::open(bytes, "x");
    ASSERT_TRUE(file);
    ASSERT_EQ(file->symbols().size(), 3u);
    EXPECT_EQ(file->symbols()[1].name, "first");
    EXPECT_EQ(file->address_of("second"), base + 0x20);
    EXPECT_EQ(file->address_of("third"), std::nullopt);
}

TEST(Elf, DamagedSymbolTableIsAnEmptyOne) {
    auto bytes = sound().bytes();
    const auto at = load<Elf64_Ehdr>(bytes, 0)->e_shoff + offsetof(Elf64_Shdr, sh_offset);
    std::memset(bytes.data() + at, 0xff, 8);
    const auto file = File::open(bytes, "x");
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->symbols().empty());
}

TEST(Elf, EveryTruncationIsRefusedOrHarmless) {
    const auto bytes = sound().bytes();
    const std::uint64_t data_end = bytes.size();
    for (std::size_t size = 0; size < data_end; ++size) {
        const auto file = File::open(Bytes{bytes}.first(size), "x");
        ASSERT_FALSE(file) << size;
    }
}

TEST(Elf, EveryDamagedByteIsSurvived) {
    auto bytes = sound().bytes();
    for (std::size_t at = 0; at < bytes.size(); ++at)
        for (const unsigned value : {0x00u, 0x7fu, 0x80u, 0xffu}) {
            const std::byte before = std::exchange(bytes[at], static_cast<std::byte>(value));
            (void)File::open(bytes, "x");  // only that it returns matters; the sanitizers watch
            bytes[at] = before;
        }
}

struct Flaw {
    const char* words;
    void (*spoil)(ElfImage&);
};
constexpr Flaw flaws[] = {
    {"not an ELF file", [](ElfImage& i) { i.header.e_ident[EI_MAG0] = 0; }},
    {"for AArch64", [](ElfImage& i) { i.header.e_machine = EM_AARCH64; }},
    {"32-bit", [](ElfImage& i) { i.header.e_ident[EI_CLASS] = ELFCLASS32; }},
    {"big-endian", [](ElfImage& i) { i.header.e_ident[EI_DATA] = ELFDATA2MSB; }},
    {"not a static executable", [](ElfImage& i) { i.header.e_type = ET_DYN; }},
    {"no segments", [](ElfImage& i) { i.parts.clear(); }},
    {"no segments",
     [](ElfImage& i) {
         for (auto& part : i.parts) part.memory_bytes = 0, part.data.clear();
     }},
    {"program headers of 32 bytes", [](ElfImage& i) { i.header.e_phentsize = 32; }},
    {"truncated: its program headers", [](ElfImage& i) { i.header.e_phoff = ~0ull; }},
    {"truncated: its program headers", [](ElfImage& i) { i.header.e_phoff = 1 << 20; }},
    {"more bytes in the file than in memory", [](ElfImage& i) { i.parts[0].memory_bytes = 4; }},
    {"wraps around", [](ElfImage& i) { i.parts[1].address = ~0ull - 16; }},
    {"overlap", [](ElfImage& i) { i.parts[1].address = base + 50; }},
    {"none of its executable segments", [](ElfImage& i) { i.header.e_entry = base + 100; }},
    {"none of its executable segments", [](ElfImage& i) { i.header.e_entry = base + 0x1000; }},
};

TEST(Elf, EveryFlawHasItsSentence) {
    for (const Flaw& flaw : flaws) {
        ElfImage image = sound();
        flaw.spoil(image);
        EXPECT_NE(sentence_for(image).find(flaw.words), std::string::npos)
            << flaw.words << ": '" << sentence_for(image) << "'";
    }
}

}  // namespace
}  // namespace tools::elf
