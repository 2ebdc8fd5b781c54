// SPDX-License-Identifier: MIT
// Archives of a guest: what is sound is read, each kind of harm is refused by its sentence.
#include "tools/linux/cpio_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tools/linux/cpio.hpp"
#include "tools/support/format.hpp"

namespace tools::linux_boot {
namespace {

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

Buffer archive_of(std::initializer_list<std::string_view> names) {
    CpioWriter writer;
    for (const std::string_view name : names) writer.file(name, bytes_of("12345"), false);
    return std::move(writer).finish();
}

std::string refusal(const Buffer& archive) {
    const auto files = read_archive(archive);
    return files ? "" : files.error().sentence;
}

/// The first entry with other bytes at `at`.
Buffer patched(std::size_t at, std::string_view bytes) {
    Buffer archive = archive_of({"report"});
    std::ranges::copy(bytes_of(bytes), archive.begin() + static_cast<std::ptrdiff_t>(at));
    return archive;
}

TEST(CpioReader, gives_the_files_in_their_order) {
    const Buffer archive = archive_of({"svsm.report", "a-b_C.0"});
    const auto files = read_archive(archive);
    ASSERT_TRUE(files);
    ASSERT_EQ(files->size(), 2u);
    EXPECT_EQ((*files)[0].name, "svsm.report");
    EXPECT_EQ((*files)[1].name, "a-b_C.0");
    EXPECT_TRUE(std::ranges::equal((*files)[1].contents, bytes_of("12345")));
}

TEST(CpioReader, looks_at_nothing_behind_the_end) {
    Buffer archive = archive_of({"a"});
    archive.resize(archive.size() + 5, std::byte{0xff});
    EXPECT_TRUE(read_archive(archive));
}

TEST(CpioReader, an_empty_archive_has_no_files) { EXPECT_TRUE(read_archive(archive_of({}))->empty()); }

TEST(CpioReader, refuses_what_is_no_archive) {
    EXPECT_EQ(refusal({}), "the guest wrote no archive");
    EXPECT_EQ(refusal(Buffer(4096)), "the guest wrote no archive");
}

TEST(CpioReader, refuses_an_archive_that_is_cut_anywhere) {
    const Buffer whole = archive_of({"report", "x"});
    for (std::size_t size = 6; size < whole.size(); ++size) {
        const Buffer cut{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
        EXPECT_TRUE(refusal(cut).starts_with("the guest's archive ends within entry ")) << size;
    }
}

TEST(CpioReader, refuses_an_entry_without_a_header) {
    Buffer archive = archive_of({"a"});
    const Buffer second = patched(0, "070702");
    archive.resize(archive.size() - archive_of({}).size());
    archive.insert(archive.end(), second.begin(), second.end());
    EXPECT_EQ(refusal(archive), "entry 1 of the guest's archive has no header");
}

TEST(CpioReader, refuses_numbers_that_are_none) {
    constexpr std::size_t mode = 14, size = 54, name_bytes = 94;
    for (const std::size_t at : {mode, size, name_bytes})
        for (const char* digits : {"0000000x", "-0000001", "        ", "0x000001"})
            EXPECT_EQ(refusal(patched(at, digits)),
                      "entry 0 of the guest's archive has a number that is none")
                << at << digits;
    // As large as the field can say: no sum of it wraps.
    EXPECT_EQ(refusal(patched(size, "ffffffff")), "the guest's archive ends within entry 0");
    EXPECT_EQ(refusal(patched(name_bytes, "FFFFFFFF")), "the guest's archive ends within entry 0");
}

TEST(CpioReader, refuses_a_name_without_an_end) {
    EXPECT_EQ(refusal(patched(94, "00000000")), "the name of entry 0 of the guest's archive has no end");
    EXPECT_EQ(refusal(patched(94, "00000006")), "the name of entry 0 of the guest's archive has no end");
}

TEST(CpioReader, refuses_names_that_lead_elsewhere) {
    using namespace std::string_view_literals;
    const std::string most(max_archived_name, 'a'), too_long = most + "a";
    EXPECT_TRUE(read_archive(archive_of({most})));
    for (const std::string_view name :
         {""sv, "."sv, ".."sv, ".hidden"sv, "-rf"sv, "/etc/passwd"sv, "a/b"sv, "../a"sv, "a\\b"sv, "a b"sv,
          "a\n"sv, "\x1b[2J"sv, "a\0b"sv, "\xc3\xa4"sv, std::string_view{too_long}})
        EXPECT_EQ(refusal(archive_of({name})), "entry 0 of the guest's archive has no plain file name")
            << name;
}

TEST(CpioReader, refuses_what_is_no_regular_file) {
    for (const auto& add : std::initializer_list<void (*)(CpioWriter&)>{
             [](CpioWriter& writer) { writer.folder("report"); },
             [](CpioWriter& writer) { writer.link("report", "/etc/passwd"); },
             [](CpioWriter& writer) { writer.device("report", 1, 3); }}) {
        CpioWriter writer;
        add(writer);
        EXPECT_EQ(refusal(std::move(writer).finish()), "report in the guest's archive is no regular file");
    }
}

TEST(CpioReader, refuses_a_name_that_comes_twice) {
    EXPECT_EQ(refusal(archive_of({"a", "b", "a"})), "a is in the guest's archive twice");
}

TEST(CpioReader, refuses_more_files_than_anybody_needs) {
    for (const std::size_t more : {0u, 1u}) {
        CpioWriter writer;
        for (std::size_t i = 0; i < max_archived_files + more; ++i)
            writer.file(formatted("file-{}", i), {}, false);
        EXPECT_EQ(refusal(std::move(writer).finish()),
                  more == 0 ? "" : "the guest's archive has more than 64 files");
    }
}

}  // namespace
}  // namespace tools::linux_boot
