// SPDX-License-Identifier: MIT
// A cache that was damaged since it was filled is detected, and the file is named.
#include "tools/debian/sums.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tools/support/command.hpp"

namespace tools::debian {
namespace {

namespace fs = std::filesystem;

class DebianSums : public testing::Test {
protected:
    DebianSums() {
        fs::create_directories(folder / "usr/bin");
        write("usr/bin/busybox", "busybox");
        write("a kernel", "kernel");
        fs::create_symlink("nowhere", folder / "link");
    }
    ~DebianSums() override { fs::remove_all(folder); }
    void write(const char* name, std::string_view text) const { std::ofstream{folder / name} << text; }
    [[nodiscard]] std::string complaint() const {
        const auto checked = check_sums(folder);
        return checked ? "" : checked.error().sentence;
    }
    fs::path folder =
        fs::temp_directory_path() / ("sums-" + std::to_string(::getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(DebianSums, an_unchanged_folder_passes_and_so_does_one_that_has_no_list) {
    EXPECT_EQ(complaint(), "");
    ASSERT_TRUE(write_sums(folder));
    EXPECT_EQ(complaint(), "");
    ASSERT_TRUE(write_sums(folder)) << "the list of a folder that has one already";
    EXPECT_EQ(complaint(), "") << "a list that names itself";
}

TEST_F(DebianSums, a_changed_a_shortened_and_a_lost_file_are_named) {
    ASSERT_TRUE(write_sums(folder));
    const auto expected = [&](const char* file) {
        return (folder / file).string() + " is damaged; remove " + folder.string() + " to fetch it again";
    };
    write("usr/bin/busybox", "busyboy");
    EXPECT_EQ(complaint(), expected("usr/bin/busybox"));
    write("usr/bin/busybox", "busybox");
    write("a kernel", "kern");
    EXPECT_EQ(complaint(), expected("a kernel"));
    fs::remove(folder / "a kernel");
    EXPECT_EQ(complaint(), expected("a kernel"));
}

TEST_F(DebianSums, a_damaged_list_is_damage_too) {
    ASSERT_TRUE(write_sums(folder));
    write("SHA256SUMS", "");
    EXPECT_NE(complaint().find("SHA256SUMS is damaged"), std::string::npos) << complaint();
    write("SHA256SUMS", "garbage\n");
    EXPECT_NE(complaint().find("SHA256SUMS is damaged"), std::string::npos) << complaint();
}

TEST_F(DebianSums, a_folder_that_is_not_there_cannot_be_summed) {
    EXPECT_FALSE(write_sums(folder / "nosuch"));
}

// apt-cache and sha256sum translate "Depends:" and "FAILED".
TEST(Commands, are_not_translated) {
    const auto said = run_command({"printenv", "LC_ALL"});
    ASSERT_TRUE(said);
    EXPECT_EQ(said->output, "C\n");
}

}  // namespace
}  // namespace tools::debian
