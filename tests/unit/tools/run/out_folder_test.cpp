// SPDX-License-Identifier: MIT
// From the disk that a guest wrote to files in a folder.
#include "tools/run/out_folder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/own_folder.hpp"
#include "tools/linux/cpio.hpp"

namespace tools::run {
namespace {

namespace fs = std::filesystem;

const Buffer nonce(64, std::byte{0x5a});

std::string refusal(const auto& result) { return result ? "" : result.error().sentence; }

/// What a guest does with the disk.
void write_archive(const OutFolder& out, std::initializer_list<const char*> names) {
    linux_boot::CpioWriter writer;
    for (const char* name : names) writer.file(name, Buffer(1184, std::byte{7}), false);
    const Buffer archive = std::move(writer).finish();
    ASSERT_EQ(::pwrite(out.disk(), archive.data(), archive.size(), 0), static_cast<ssize_t>(archive.size()));
}

TEST(OutFolder, the_disk_begins_with_the_nonce) {
    const OwnFolder scratch;
    const auto out = OutFolder::make(scratch / "out", nonce);
    ASSERT_TRUE(out);
    Buffer start(64);
    EXPECT_EQ(::lseek(out->disk(), 0, SEEK_END), 16 << 20);
    EXPECT_EQ(::pread(out->disk(), start.data(), start.size(), 0), 64);
    EXPECT_EQ(start, nonce);
    EXPECT_FALSE(fs::exists(scratch / "out")) << "nothing is there before the run has ended";
}

TEST(OutFolder, keeps_the_guests_files_and_the_nonce) {
    const OwnFolder scratch;
    const auto out = OutFolder::make(scratch / "out/", nonce);
    ASSERT_TRUE(out);
    write_archive(*out, {"svsm.report", "b"});
    const auto names = out->save();
    ASSERT_TRUE(names) << names.error().sentence;
    EXPECT_EQ(*names, (std::vector<std::string>{"nonce", "svsm.report", "b"}));
    EXPECT_EQ(*read_file(scratch / "out/nonce"), nonce);
    EXPECT_EQ(*read_file(scratch / "out/svsm.report"), Buffer(1184, std::byte{7}));
}

TEST(OutFolder, a_guest_that_did_nothing_leaves_nothing) {
    const OwnFolder scratch;
    const auto out = OutFolder::make(scratch / "out", nonce);
    ASSERT_TRUE(out);
    EXPECT_TRUE(refusal(out->save()).ends_with("the guest left the disk as it was"));
    EXPECT_FALSE(fs::exists(scratch / "out"));
}

TEST(OutFolder, one_bad_name_keeps_all_files_out) {
    const OwnFolder scratch;
    for (const char* name : {"../evil", ".hidden", "a/b"}) {
        const auto out = OutFolder::make(scratch / "out", nonce);
        ASSERT_TRUE(out);
        write_archive(*out, {"good", name});
        EXPECT_EQ(refusal(out->save()), "entry 1 of the guest's archive has no plain file name") << name;
        EXPECT_FALSE(fs::exists(scratch / "out")) << name;
    }
}

TEST(OutFolder, the_guest_names_no_nonce) {
    const OwnFolder scratch;
    const auto out = OutFolder::make(scratch / "out", nonce);
    ASSERT_TRUE(out);
    write_archive(*out, {"nonce"});
    EXPECT_TRUE(refusal(out->save()).ends_with("has a file 'nonce', which is the name of yours"));
}

TEST(OutFolder, takes_a_new_folder_or_an_empty_one) {
    const OwnFolder scratch;
    EXPECT_TRUE(OutFolder::make(scratch.path(), nonce));
    EXPECT_TRUE(refusal(OutFolder::make(scratch / "no/out", nonce)).contains("there is no folder"));
    ASSERT_TRUE(write_file(scratch / "file", nonce));
    EXPECT_TRUE(refusal(OutFolder::make(scratch / "file", nonce)).ends_with("is no folder; name a new one"));
    EXPECT_TRUE(refusal(OutFolder::make(scratch.path(), nonce)).ends_with("is not empty; name a new folder"));
}

TEST(OutFolder, no_nonce_comes_twice) {
    EXPECT_EQ(random_nonce().size(), 64u);
    EXPECT_NE(random_nonce(), random_nonce());
}

}  // namespace
}  // namespace tools::run
