// SPDX-License-Identifier: MIT
// How mmdebstrap is asked for a system.
#include "tools/system/bootstrap.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tools::system {
namespace {

BootstrapRequest request() {
    return {.release = "trixie", .tools = "/t/usr/bin", .temporary = "/c/tmp", .to = "/c/system.tar",
            .sources = {"/c/sources/a.list", "/c/sources/b.sources"}};
}

bool has(const std::vector<std::string>& words, std::string_view wanted) {
    return std::ranges::find(words, wanted) != words.end();
}

TEST(Bootstrap, asks_for_a_tar_of_the_release_from_the_systems_own_sources) {
    const auto words = bootstrap_words(request());
    EXPECT_TRUE(has(words, "/t/usr/bin/mmdebstrap"));
    EXPECT_TRUE(has(words, "--format=tar"));
    ASSERT_GE(words.size(), 4u);
    EXPECT_EQ(*(words.end() - 4), "trixie");
    EXPECT_EQ(*(words.end() - 3), "/c/system.tar");
    EXPECT_EQ(words.back(), "/c/sources/b.sources");
}

TEST(Bootstrap, keeps_its_parts_below_the_cache_only_where_root_makes_them) {
    BootstrapRequest asked = request();
    EXPECT_FALSE(has(bootstrap_words(asked), "TMPDIR=/c/tmp"));
    asked.is_root = true;
    EXPECT_TRUE(has(bootstrap_words(asked), "TMPDIR=/c/tmp"));
}

TEST(Bootstrap, brings_a_kernel_and_what_starts_services) {
    const auto words = bootstrap_words(request());
    const auto include = std::ranges::find_if(words, [](auto& word) { return word.starts_with("--include="); });
    ASSERT_NE(include, words.end());
    for (const char* package : {"systemd-sysv", "udev", "dbus", "linux-image-cloud-amd64", "initramfs-tools"})
        EXPECT_NE(include->find(package), std::string::npos) << package;
}

}  // namespace
}  // namespace tools::system
