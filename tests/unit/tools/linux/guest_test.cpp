// SPDX-License-Identifier: MIT
// A Linux guest in the image: what lies where, and what the boot block says of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "abi/acpi/tables.hpp"
#include "abi/adyton/guest_info.hpp"
#include "tests/unit/tools/elf/elf_image.hpp"
#include "tests/unit/tools/linux/kernel_image.hpp"
#include "tools/linux/guest.hpp"

namespace tools::linux_boot {
namespace {

using namespace abi::linux_boot;
using image::LoadedGuest;
using image::Page;

class LinuxGuest : public testing::Test {
protected:
    Result<LoadedGuest> load() {
        return load_guest({.kernel = kernel.bytes(),
                           .initrd = initrd,
                           .loader = loader,
                           .kernel_name = "k",
                           .loader_name = "l",
                           .command_line = line});
    }
    /// The bytes of the guest's memory from `at` on, as the launch leaves them.
    template <class T>
    static T at(const LoadedGuest& guest, std::uint64_t address) {
        T value{};
        for (const Page& page : guest.memory.pages)
            if (page.gpa == Gpa{address}.page() && !page.bytes.empty())
                value = *tools_load<T>(page.bytes, address % page_bytes);
        return value;
    }
    template <class T>
    static std::optional<T> tools_load(Bytes bytes, std::uint64_t offset) {
        return ::load<T>(bytes, offset);
    }
    static bool is_loaded(const LoadedGuest& guest, Gpa page) {
        return std::ranges::any_of(guest.memory.pages, [&](const Page& each) { return each.gpa == page; });
    }
    static unsigned sum(const LoadedGuest& guest, std::uint64_t address, std::uint32_t bytes) {
        unsigned total = 0;
        for (std::uint32_t i = 0; i < bytes; ++i) total += at<std::uint8_t>(guest, address + i);
        return total & 0xff;
    }
    KernelImage kernel;
    Buffer initrd = Buffer(5000, std::byte{7}), loader;
    std::string line = "console=ttyS0";
};

TEST_F(LinuxGuest, boot_parameters_name_line_initrd_and_blob) {
    const auto guest = *load();
    const auto params = at<BootParams>(guest, guest.boot_params.value());
    EXPECT_EQ(+params.header.magic, setup_magic);
    EXPECT_EQ(+params.header.loader_type, undefined_loader);
    EXPECT_EQ(+params.sentinel, 0);
    EXPECT_EQ(+params.header.ramdisk_bytes, 5000u);
    EXPECT_EQ(at<std::uint8_t>(guest, params.header.ramdisk_image), 7);
    EXPECT_EQ(at<std::uint8_t>(guest, params.header.ramdisk_image + 4999), 7);
    EXPECT_EQ(at<std::uint8_t>(guest, params.header.ramdisk_image + 5000), 0);
    const auto text = at<std::array<char, 14>>(guest, params.header.command_line);
    EXPECT_STREQ(text.data(), "console=ttyS0");
    const auto node = at<CcSetupData>(guest, params.header.setup_data);
    EXPECT_EQ(+node.type, setup_cc_blob);
    EXPECT_EQ(+node.bytes, 4u);
    EXPECT_EQ(+node.next, 0u);
    EXPECT_EQ(+node.cc_blob, abi::adyton::guest_boot_region + abi::adyton::GuestBootLayout::cc_blob);
}

TEST_F(LinuxGuest, without_an_initrd_there_is_none) {
    initrd.clear();
    const auto guest = *load();
    const auto params = at<BootParams>(guest, guest.boot_params.value());
    EXPECT_EQ(params.header.ramdisk_bytes | params.header.ramdisk_image, 0u);
}

TEST_F(LinuxGuest, segments_are_what_is_loaded_and_the_hosts_page) {
    const auto guest = *load();
    EXPECT_EQ(guest.kind, abi::adyton::GuestKind::Linux);
    std::size_t pages = 0;
    for (const GpaRange& range : guest.memory.ranges)
        for (Gpa page = range.begin; page < range.end; page = page + page_bytes, ++pages)
            EXPECT_EQ(is_loaded(guest, page), page != *guest.madt) << std::hex << page.value();
    EXPECT_EQ(pages, guest.memory.pages.size() + 1);
    EXPECT_TRUE(std::ranges::any_of(guest.memory.ranges,
                                    [&](const GpaRange& each) { return each.contains(guest.acpi); }));
}

TEST_F(LinuxGuest, acpi_tables_point_to_each_other_and_add_up) {
    const auto guest = *load();
    const auto rsdp = at<abi::acpi::Rsdp>(guest, guest.acpi.begin.value());
    EXPECT_EQ(sum(guest, guest.acpi.begin.value(), 20), 0u);
    EXPECT_EQ(sum(guest, guest.acpi.begin.value(), sizeof rsdp), 0u);
    const auto xsdt = at<abi::acpi::Header>(guest, rsdp.xsdt);
    EXPECT_EQ(+xsdt.bytes, sizeof(abi::acpi::Header) + 16);
    EXPECT_EQ(sum(guest, rsdp.xsdt, xsdt.bytes), 0u);
    const auto fadt_at = at<std::uint64_t>(guest, rsdp.xsdt + sizeof xsdt);
    EXPECT_EQ(at<std::uint64_t>(guest, rsdp.xsdt + sizeof xsdt + 8), guest.madt->value());
    const auto fadt = at<abi::acpi::Fadt>(guest, fadt_at);
    EXPECT_EQ(sum(guest, fadt_at, sizeof fadt), 0u);
    EXPECT_EQ(+fadt.smi_command, 0u) << "no SMM in an SNP guest";
    EXPECT_EQ(+fadt.pm1a_control, 0x604u);
    const auto dsdt = at<abi::acpi::Header>(guest, fadt.x_dsdt);
    EXPECT_EQ(dsdt.signature, (abi::acpi::Signature{'D', 'S', 'D', 'T'}));
    EXPECT_EQ(sum(guest, fadt.x_dsdt, dsdt.bytes), 0u);
    EXPECT_EQ(fadt.facs % 64, 0u);
}

TEST_F(LinuxGuest, refuses_a_line_or_an_initrd_that_the_kernel_cannot_take) {
    line = std::string(2048, 'x');
    EXPECT_NE(load().error().sentence.find("at most 2047"), std::string::npos);
    line = std::string(2047, 'x');
    EXPECT_TRUE(load());
    kernel.header.ramdisk_max = (160u << 20) + 4999;
    EXPECT_NE(load().error().sentence.find("too large"), std::string::npos);
}

TEST_F(LinuxGuest, a_loader_starts_in_the_kernels_place_with_the_kernels_parameters) {
    const auto plain = *load();
    ElfImage elf;
    elf.header.e_entry = 0x20'1010;
    loader = elf.segment(0x20'1000, PF_R | PF_X, 5000).bytes();
    const auto guest = *load();
    EXPECT_EQ(guest.entry, 0x20'1010u);
    EXPECT_NE(guest.entry, plain.entry);
    EXPECT_EQ(guest.boot_params, plain.boot_params);
    EXPECT_EQ(at<std::uint8_t>(guest, 0x20'1010), 0xcc);
    EXPECT_EQ(guest.memory.pages.size(), plain.memory.pages.size() + 2);
    EXPECT_EQ(guest.memory.ranges.back(), (GpaRange{Gpa{0x20'1000}, Gpa{0x20'3000}}));
}

TEST_F(LinuxGuest, refuses_a_loader_that_would_lie_on_something_else) {
    // Below 1 MiB are the parameters, at 8 MiB the SNP pages, at 16 MiB the kernel.
    for (const std::uint64_t place : {0xf'f000ull, 0x7f'f001ull, 0x80'0000ull, 0x100'0000ull}) {
        ElfImage elf;
        elf.header.e_entry = place;
        loader = elf.segment(place, PF_R | PF_X, 4096).bytes();
        const auto guest = load();
        ASSERT_FALSE(guest) << std::hex << place;
        EXPECT_NE(guest.error().sentence.find("link it between 1 and 8 MiB"), std::string::npos);
    }
    loader = Buffer(100, std::byte{1});
    EXPECT_NE(load().error().sentence.find("is not an ELF file"), std::string::npos);
}

TEST_F(LinuxGuest, refuses_a_loader_in_too_many_pieces) {
    ElfImage elf;
    elf.header.e_entry = 0x10'0000;
    for (std::uint64_t i = 0; i < 16; ++i) elf.segment(0x10'0000 + i * 0x2000, PF_R | PF_X, 16);
    loader = elf.bytes();
    EXPECT_NE(load().error().sentence.find("separate ranges"), std::string::npos);
}

}  // namespace
}  // namespace tools::linux_boot
