// SPDX-License-Identifier: MIT
// The clock that a disk's kernel is told.
#include "tools/system/clock.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/tools/system/scratch.hpp"

namespace tools::system {
namespace {

class Clock : public Scratch {
protected:
    static std::string text_of(const Descriptor& file) {
        std::string text(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)), '\0');
        EXPECT_EQ(::pread(file.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
        return text;
    }
    static constexpr std::string_view told = "tsc=reliable tsc_early_khz=2596000   ";
};
static_assert(clock_words.size() == 37);

TEST_F(Clock, a_copy_is_told_wherever_the_words_stand) {
    const std::string words{clock_words};
    const auto disk = file("disk.img", "linux " + words + "\n" + std::string(70'000, '.') + words);
    const auto copy = copy_with_clock(disk, 2'596'000);
    ASSERT_TRUE(copy) << copy.error().sentence;
    EXPECT_EQ(text_of(*copy), "linux " + std::string{told} + "\n" + std::string(70'000, '.') + std::string{told});
    EXPECT_EQ(std::filesystem::file_size(disk), 6 + 37 + 1 + 70'000 + 37);
}
TEST_F(Clock, the_disk_itself_stays_as_it_is) {
    const auto disk = file("disk.img", clock_words);
    ASSERT_TRUE(copy_with_clock(disk, 1));
    std::string text(clock_words.size(), '\0');
    std::ifstream{disk}.read(text.data(), static_cast<std::streamsize>(text.size()));
    EXPECT_EQ(text, clock_words);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder}, {}), 1);  // and the copy has no name
}
TEST_F(Clock, every_number_has_room) {
    const auto copy = copy_with_clock(file("disk.img", clock_words), 9'999'999'000);
    ASSERT_TRUE(copy);
    EXPECT_EQ(text_of(*copy), "tsc=reliable tsc_early_khz=9999999000");
}
TEST_F(Clock, a_disk_without_the_words_is_copied_as_it_is) {
    const auto copy = copy_with_clock(file("disk.img", "linux tsc_early_khz=0"), 2'596'000);
    ASSERT_TRUE(copy);
    EXPECT_EQ(text_of(*copy), "linux tsc_early_khz=0");
    const auto empty = copy_with_clock(file("empty.img", ""), 1);
    ASSERT_TRUE(empty);
    EXPECT_EQ(text_of(*empty), "");
}
TEST_F(Clock, holes_stay_holes) {
    const auto disk = file("disk.img", clock_words);
    std::filesystem::resize_file(disk, 512 << 20);
    const auto copy = copy_with_clock(disk, 2'596'000);
    ASSERT_TRUE(copy);
    struct stat of_copy {};
    ASSERT_EQ(::fstat(copy->get(), &of_copy), 0);
    EXPECT_EQ(of_copy.st_size, 512 << 20);
    EXPECT_LT(of_copy.st_blocks * 512, 256 << 20);  // a file system in memory fills what is searched
    std::string begin(told.size(), '\0');
    EXPECT_EQ(::pread(copy->get(), begin.data(), begin.size(), 0), static_cast<ssize_t>(begin.size()));
    EXPECT_EQ(begin, told);
}
TEST_F(Clock, a_disk_that_is_not_there_is_a_problem) {
    const auto copy = copy_with_clock(folder / "none.img", 1);
    ASSERT_FALSE(copy);
    EXPECT_NE(copy.error().sentence.find("none.img: No such file"), std::string::npos);
}

}  // namespace
}  // namespace tools::system
