// SPDX-License-Identifier: MIT
// The words that a kernel is started with.
#include "tools/payload/linux.hpp"

#include <gtest/gtest.h>

#include "tests/unit/own_folder.hpp"

namespace tools::payload {
namespace {

std::string words_for(const LinuxScene& scene) {
    const OwnFolder folder;
    const Buffer bytes(16);
    EXPECT_TRUE(write_file(folder / "kernel", bytes) && write_file(folder / "initrd", bytes));
    LinuxOptions options;
    options.kernel = folder / "kernel";
    options.initrd = folder / "initrd";
    options.tsc_khz = 1'234'000;
    options.append = "quiet";
    const auto files = find_linux_files(options, scene);
    return files ? files->guest.command_line : files.error().sentence;
}

TEST(LinuxWords, tell_the_kernel_its_clock) {
    EXPECT_EQ(
        words_for({1, 4}),
        "console=ttyS0,115200 panic=-1 oops=panic tsc=reliable no_timer_check tsc_early_khz=1234000 quiet");
}

TEST(LinuxWords, a_kernel_with_secure_tsc_asks_for_its_clock) {
    EXPECT_EQ(words_for({.vmpl = 1, .cpus = 4, .has_secure_tsc = true}),
              "console=ttyS0,115200 panic=-1 oops=panic no_timer_check quiet");
}

}  // namespace
}  // namespace tools::payload
