// SPDX-License-Identifier: MIT
// Archives for the kernel: read back by another reader than ours, the tool cpio's format spelled out.
#include "tools/linux/cpio.hpp"

#include <gtest/gtest.h>

#include <map>

namespace tools::linux_boot {
namespace {

struct Entry {
    unsigned mode, major, minor;
    std::string contents;
};

std::map<std::string, Entry> read(const Buffer& archive) {
    const std::string text{reinterpret_cast<const char*>(archive.data()), archive.size()};
    const auto field = [&](std::size_t at, std::size_t number) {
        return static_cast<unsigned>(std::stoul(text.substr(at + 6 + 8 * number, 8), nullptr, 16));
    };
    const auto padded = [](std::size_t value) { return (value + 3) / 4 * 4; };
    std::map<std::string, Entry> entries;
    for (std::size_t at = 0; at < text.size();) {
        EXPECT_EQ(text.substr(at, 6), "070701");
        const std::size_t size = field(at, 6), name_bytes = field(at, 11);
        const std::string name = text.substr(at + 110, name_bytes - 1);
        EXPECT_EQ(text[at + 110 + name_bytes - 1], '\0');
        const std::size_t data = padded(at + 110 + name_bytes);
        entries[name] = {field(at, 1), field(at, 9), field(at, 10), text.substr(data, size)};
        at = padded(data + size);
    }
    return entries;
}

TEST(Cpio, holds_what_was_put_in) {
    CpioWriter writer;
    const std::string body = "12345";
    writer.folder("bin");
    writer.file("bin/tool", std::as_bytes(std::span{body}), true);
    writer.file("note", {}, false);
    writer.link("sh", "bin/tool");
    writer.device("console", 5, 1);
    const Buffer archive = std::move(writer).finish();
    EXPECT_EQ(archive.size() % 4, 0u);
    auto entries = read(archive);
    EXPECT_EQ(entries.size(), 6u);
    EXPECT_TRUE(entries.contains("TRAILER!!!"));
    EXPECT_EQ(entries["bin"].mode, 040755u);
    EXPECT_EQ(entries["bin/tool"].mode, 0100755u);
    EXPECT_EQ(entries["bin/tool"].contents, "12345");
    EXPECT_EQ(entries["note"].mode, 0100644u);
    EXPECT_EQ(entries["sh"].mode, 0120777u);
    EXPECT_EQ(entries["sh"].contents, "bin/tool");
    EXPECT_EQ(entries["console"].mode, 020600u);
    EXPECT_EQ(entries["console"].major, 5u);
    EXPECT_EQ(entries["console"].minor, 1u);
}

TEST(Cpio, nothing_gives_the_end_alone) { EXPECT_EQ(read(CpioWriter{}.finish()).size(), 1u); }

}  // namespace
}  // namespace tools::linux_boot
