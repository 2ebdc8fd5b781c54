// SPDX-License-Identifier: MIT
// Kernel files: what is read out of them, and what is refused.
#include "tools/linux/kernel_file.hpp"

#include <gtest/gtest.h>

#include "tests/unit/tools/linux/kernel_image.hpp"

namespace tools::linux_boot {
namespace {

std::string refusal(const KernelImage& image) {
    const Buffer bytes = image.bytes();
    const auto kernel = read_kernel(bytes, "k");
    return kernel ? "" : kernel.error().sentence;
}

TEST(KernelFile, tells_where_it_wants_to_be_and_what_it_is) {
    const Buffer bytes = KernelImage{}.bytes();
    const auto kernel = read_kernel(bytes, "k");
    ASSERT_TRUE(kernel);
    EXPECT_EQ(kernel->version, "6.12.0-test");
    EXPECT_EQ(kernel->entry(), 0x100'0200u);
    EXPECT_EQ(kernel->memory().end, Gpa{0x140'0000});
    EXPECT_EQ(kernel->protected_mode.size(), 0x3000u);
    EXPECT_EQ(kernel->protected_mode.data(), bytes.data() + 1024);
}

TEST(KernelFile, a_shorter_header_reads_as_zero_behind_its_end) {
    KernelImage image;
    image.header.header_end = 0x262 - 0x202;  // ends within init_bytes
    image.header.handover_offset = 0x1234;
    const Buffer bytes = image.bytes();
    const auto kernel = read_kernel(bytes, "k");
    ASSERT_TRUE(kernel);
    EXPECT_EQ(+kernel->header.handover_offset, 0u);
}

TEST(KernelFile, refuses_what_is_no_bzimage_with_a_hint) {
    Buffer elf(2048);
    std::memcpy(elf.data(),
                "\x7f"
                "ELF",
                4);
    EXPECT_NE(read_kernel(elf, "k").error().sentence.find("bzImage or vmlinuz"), std::string::npos);
    for (const std::size_t size : {0u, 1u, 0x1f1u, 0x201u, 0x205u, 2048u})
        EXPECT_FALSE(read_kernel(Buffer(size), "k")) << size;
}

TEST(KernelFile, refuses_kernels_that_cannot_be_started) {
    KernelImage old, low, narrow, unsigned_one;
    old.header.version = 0x020b;
    low.header.load_flags = 0;
    narrow.header.extended_load_flags = 0;
    unsigned_one.header.boot_flag = 0;
    EXPECT_NE(refusal(old).find("boot protocol 2.11"), std::string::npos);
    EXPECT_NE(refusal(low).find("zImage"), std::string::npos);
    EXPECT_NE(refusal(narrow).find("32-bit"), std::string::npos);
    EXPECT_NE(refusal(unsigned_one).find("boot signature"), std::string::npos);
}

TEST(KernelFile, refuses_a_file_that_is_cut_off) {
    KernelImage image;
    image.header.protected_mode_paragraphs = 0x301;
    EXPECT_NE(refusal(image).find("cut off"), std::string::npos);
    image.header.protected_mode_paragraphs = 0x20;  // ends where the 64-bit entry begins
    EXPECT_NE(refusal(image).find("cut off"), std::string::npos);
}

TEST(KernelFile, refuses_a_place_that_is_not_free) {
    KernelImage low, high, large, crooked;
    low.header.preferred_address = 0x80'0000;
    high.header.preferred_address = 0x700'0000;
    large.header.init_bytes = 0x600'1000;
    crooked.header.preferred_address = 0x100'1000;
    for (const KernelImage& image : {low, high, large, crooked})
        EXPECT_NE(refusal(image).find("16 to 112 MiB"), std::string::npos);
    large.header.init_bytes = 0x600'0000;
    EXPECT_EQ(refusal(large), "");
}

}  // namespace
}  // namespace tools::linux_boot
