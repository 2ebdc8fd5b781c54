// SPDX-License-Identifier: MIT
// Which QEMU, of which version, and what one of another release lacks.
#include "tools/qemu/find.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/own_folder.hpp"
#include "tools/debian/cache.hpp"
#include "tools/debian/libraries.hpp"
#include "tools/qemu/arguments.hpp"
#include "tools/run/threads.hpp"
#include "tools/support/file.hpp"

namespace tools {
namespace {

TEST(Qemu, tells_its_version) {
    using qemu::parse_version;
    EXPECT_EQ(parse_version("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright"),
              "7.2.22");
    EXPECT_EQ(parse_version("QEMU emulator version 10.0.2"), "10.0.2");
    EXPECT_EQ(parse_version("warning: x\nQEMU emulator version 9.2.0-rc1\n"), "9.2.0");
    for (const char* text : {"", "QEMU emulator", "true (GNU coreutils) 9.1", "QEMU emulator version "})
        EXPECT_EQ(parse_version(text), "") << text;
}

TEST(Qemu, keeps_up_with_code_since_8_1) {
    using qemu::keeps_up_with_code;
    for (const char* version : {"8.1", "8.1.0", "8.2.2", "9.0", "10.0.2", "11.1.3", "of unknown version", ""})
        EXPECT_TRUE(keeps_up_with_code(version)) << version;
    for (const char* version : {"7.2.22", "8.0.5", "8", "6.2.0", "8.0"})
        EXPECT_FALSE(keeps_up_with_code(version)) << version;
}

/// A program that says it is QEMU of that version.
class QemuThreads : public testing::Test {
protected:
    qemu::Threads chosen(const run::RawOptions& raw, const char* version) {
        const std::string script = std::string{"#!/bin/sh\necho QEMU emulator version "} + version + "\n";
        const auto path = folder_ / version;
        EXPECT_TRUE(write_file(path, std::as_bytes(std::span{script})));
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        return run::choose_threads(*run::parse(raw), path);
    }

private:
    OwnFolder folder_;
};

TEST_F(QemuThreads, are_one_for_a_kernel_that_an_old_qemu_would_execute_stale_code_of) {
    using qemu::Threads;
    EXPECT_EQ(chosen({.guest = "linux"}, "7.2.22"), Threads::Single);
    EXPECT_EQ(chosen({.guest = "linux"}, "10.0.2"), Threads::Multi);
    EXPECT_EQ(chosen({.guest = "linux", .cpus = "1"}, "7.2.22"), Threads::Multi);
    EXPECT_EQ(chosen({.guest = "demo"}, "7.2.22"), Threads::Multi);
    EXPECT_EQ(chosen({.deterministic = true}, "10.0.2"), Threads::Single);
}

TEST_F(QemuThreads, are_one_where_the_computer_is_crowded) {
    EXPECT_FALSE(run::is_crowded(16, 2));
    EXPECT_TRUE(run::is_crowded(17, 2));
    EXPECT_FALSE(run::is_crowded(254, 32));
    EXPECT_TRUE(run::is_crowded(9, 0)) << "a computer that does not say";
}

TEST_F(QemuThreads, are_what_was_asked_for) {
    using qemu::Threads;
    EXPECT_EQ(chosen({.guest = "linux", .threads = "multi"}, "7.2.22"), Threads::Multi);
    EXPECT_EQ(chosen({.guest = "demo", .threads = "single"}, "10.0.2"), Threads::Single);
    EXPECT_FALSE(run::parse({.threads = "many"}));
    EXPECT_FALSE(run::parse({.threads = "multi", .deterministic = true}));
    EXPECT_TRUE(run::parse({.threads = "single", .deterministic = true}));
}

TEST_F(QemuThreads, reach_qemu_and_the_computer_for_comparison_alike) {
    qemu::Spec spec{.threads = qemu::Threads::Single};
    EXPECT_TRUE(std::ranges::contains(qemu::arguments(spec), "tcg,thread=single"));
    spec.boots = qemu::PlainLinux{{}, {}, "quiet"};
    EXPECT_TRUE(std::ranges::contains(qemu::arguments(spec), "tcg,thread=single"));
    spec.threads = qemu::Threads::Multi;
    EXPECT_TRUE(std::ranges::contains(qemu::arguments(spec), "tcg,thread=multi"));
}

TEST(Qemu, that_is_none_has_an_unknown_version) {
    EXPECT_EQ(qemu::version_of("/bin/false"), "of unknown version");
    EXPECT_EQ(qemu::version_of("/nonexistent"), "of unknown version");
}

TEST(Qemu, of_a_release_that_cannot_be_one_is_refused_before_anything_is_fetched) {
    for (const char* name : {"debian:", "debian:../../etc", "debian:a b", "debian:-o", "debian:Trixie"}) {
        const auto found = qemu::find(name);
        ASSERT_FALSE(found) << name;
        EXPECT_NE(found.error().sentence.find("cannot be a release"), std::string::npos) << name;
    }
    EXPECT_TRUE(debian::check_release("bookworm-backports"));
}

TEST(MissingLibraries, are_what_ldd_did_not_find) {
    using debian::missing_libraries;
    const auto missing = missing_libraries(
        "\tlinux-vdso.so.1 (0x00007ffc)\n\tlibfdt.so.1 => not found\n"
        "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n\tlibpng16.so.16 => not found\n"
        "\tlibfdt.so.1 => not found\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n");
    EXPECT_EQ(missing, (std::vector<std::string>{"libfdt.so.1", "libpng16.so.16"}));
    EXPECT_TRUE(missing_libraries("").empty());
    EXPECT_TRUE(missing_libraries("not a dynamic executable\n").empty());
}

TEST(MissingLibraries, one_that_is_too_old_is_told_from_one_that_is_missing) {
    using debian::has_older_library;
    EXPECT_TRUE(
        has_older_library("qemu: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by "
                          "libfuse3.so.4)\n"));
    EXPECT_FALSE(has_older_library("\tlibfdt.so.1 => not found\n"));
    EXPECT_FALSE(has_older_library(""));
}

TEST(MissingLibraries, are_in_the_package_that_is_named_for_them) {
    const std::vector<std::string> known{"libfdt1",    "libpng16-16",  "libaio1t64",    "libglib2.0-0",
                                         "libsasl2-2", "libcapstone4", "libpixman-1-0", "adduser"};
    const auto package = [&](const char* library) {
        return debian::package_of(library, known).value_or("none");
    };
    EXPECT_EQ(package("libfdt.so.1"), "libfdt1");
    EXPECT_EQ(package("libpng16.so.16"), "libpng16-16");
    EXPECT_EQ(package("libaio.so.1"), "libaio1t64");
    EXPECT_EQ(package("libglib-2.0.so.0"), "none");  // its package has a name of its own
    EXPECT_EQ(package("libpixman-1.so.0"), "libpixman-1-0");
    for (const char* library : {"libfdt.so.2", "libfdt", "", ".so.1", "adduser.so"})
        EXPECT_EQ(package(library), library == std::string_view{"adduser.so"} ? "adduser" : "none")
            << library;
}

}  // namespace
}  // namespace tools
