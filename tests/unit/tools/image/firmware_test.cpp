// SPDX-License-Identifier: MIT
// Images of firmware: what is launched, in which order, and what is refused.
#include "tools/image/firmware.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/result.hpp"
#include "tests/unit/ovmf/firmware_file.hpp"
#include "tests/unit/tools/image/image_reader.hpp"
#include "tools/crypto/hash.hpp"
#include "tools/image/reset_vmsa.hpp"
#include "tools/image/vmpl0.hpp"
#include "tools/measure/firmware.hpp"
#include "tools/measure/igvm.hpp"

namespace tools::image {
namespace {

using abi::igvm::PageDataType, ovmf::FirmwareFile;

class FirmwareImage : public testing::Test {
protected:
    Result<Buffer> build() {
        return build_vmpl0_image(options, TRY(load_firmware(file.bytes(), "x.fd", FirmwareLevel::Vmpl0)));
    }
    [[nodiscard]] std::string refusal(FirmwareLevel level) const {
        const auto guest = load_firmware(file.bytes(), "x.fd", level);
        return guest ? "" : guest.error().sentence;
    }
    FirmwareFile file;
    Options options;
};

TEST_F(FirmwareImage, is_measured_as_a_launch_of_the_file_without_an_image) {
    const Buffer image = *build();
    const auto bytes = file.bytes();
    const auto expected = measure::measure_firmware(
        {.firmware = bytes, .name = "x.fd", .vcpus = 1, .signature = default_signature});
    EXPECT_EQ(crypto::hex(measure::measure_igvm(image, "x", {})->digest), crypto::hex(expected->digest));
}

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }
FirmwareKernel kernel_with(KernelHashes hashes) {
    return {{bytes_of("kernel"), bytes_of("initrd"), "console=ttyS0"}, hashes};
}

TEST_F(FirmwareImage, with_a_kernel_it_is_measured_as_a_launch_with_hashes) {
    const auto bytes = file.bytes();
    measure::FirmwareLaunch launch{
        .firmware = bytes, .name = "x.fd", .vcpus = 1, .signature = default_signature};
    const std::string without = crypto::hex(measure::measure_firmware(launch)->digest);
    launch.hashes = kernel_with(KernelHashes::On).files;
    const std::string with = crypto::hex(measure::measure_firmware(launch)->digest);
    const auto digest = [&](KernelHashes hashes) {
        const FirmwareKernel kernel = kernel_with(hashes);
        const auto image =
            build_vmpl0_image(options, *load_firmware(bytes, "x.fd", FirmwareLevel::Vmpl0, &kernel));
        return crypto::hex(measure::measure_igvm(*image, "x", {})->digest);
    };
    EXPECT_EQ(digest(KernelHashes::On), with);
    EXPECT_EQ(digest(KernelHashes::WhereLookedAt), with);
    EXPECT_EQ(digest(KernelHashes::Off), without);
    EXPECT_NE(with, without);
}

TEST_F(FirmwareImage, below_the_svsm_the_hashes_are_launched_where_the_firmware_looks) {
    const FirmwareKernel kernel = kernel_with(KernelHashes::WhereLookedAt);
    const auto guest = load_firmware(file.bytes(), "x.fd", FirmwareLevel::BelowSvsm, &kernel);
    ASSERT_TRUE(guest);
    const auto page = std::ranges::find(guest->memory.pages, Gpa{0x81'0000}, &Page::gpa);
    ASSERT_NE(page, guest->memory.pages.end());
    ASSERT_EQ(page->bytes.size(), page_bytes);
    EXPECT_EQ(*load<abi::ovmf::Guid>(page->bytes, 0xc00), abi::ovmf::hash_table);
    EXPECT_TRUE(std::ranges::all_of(Bytes{page->bytes}.first(0xc00), [](std::byte b) { return b == std::byte{}; }));
}

TEST_F(FirmwareImage, hashes_are_refused_alone_where_the_firmware_looks_at_none) {
    file.blocks[1].data = {0, 0};
    const auto refusal_of = [&](KernelHashes hashes) {
        const FirmwareKernel kernel = kernel_with(hashes);
        const auto guest = load_firmware(file.bytes(), "x.fd", FirmwareLevel::BelowSvsm, &kernel);
        return guest ? "" : guest.error().sentence;
    };
    EXPECT_EQ(refusal_of(KernelHashes::WhereLookedAt), "");
    EXPECT_EQ(refusal_of(KernelHashes::Off), "");
    EXPECT_NE(refusal_of(KernelHashes::On).find("x.fd looks at no hashes of a kernel"), std::string::npos);
}

TEST_F(FirmwareImage, starts_at_the_reset_vector_with_the_file_below_4_gib) {
    const Buffer bytes = *build();
    const ImageReader image{bytes};
    EXPECT_EQ(image.vmsa.rip, 0xfff0u);
    EXPECT_EQ(image.vmsa.cs.base, 0xffff'0000u);
    EXPECT_EQ(image.vmsa.vmpl, 0u);
    EXPECT_EQ(image.vmsa.cr0 & 1, 0u);
    ASSERT_TRUE(image.pages.contains(0xffff'e000) && image.pages.contains(0xffff'f000));
    EXPECT_TRUE(image.pages.at(0xffff'f000).data);
    EXPECT_EQ(image.pages.at(0x80'd000).type, PageDataType::Secrets);
    EXPECT_EQ(image.pages.at(0x80'e000).type, PageDataType::CpuidData);
    EXPECT_EQ(image.pages.at(0x80'f000).type, PageDataType::Normal);
    EXPECT_FALSE(image.pages.at(0x80'0000).data);
    EXPECT_FALSE(image.pages.contains(0x80'9000));  // the GHCB, which the firmware shares
}

TEST_F(FirmwareImage, below_the_svsm_every_section_is_zeros) {
    const auto guest = load_firmware(file.bytes(), "x.fd", FirmwareLevel::BelowSvsm);
    ASSERT_TRUE(guest);
    EXPECT_EQ(guest->kind, abi::adyton::GuestKind::Firmware);
    EXPECT_EQ(guest->window, (GpaRange{Gpa{0xffff'e000}, Gpa{1ull << 32}}));
    EXPECT_TRUE(guest->memory.ranges.empty());
    ASSERT_EQ(guest->sections.size(), 7u);
    EXPECT_EQ(guest->sections[4].gpa, 0x80'f000u);
    for (const Page& page : guest->memory.pages) {
        EXPECT_EQ(page.type, PageDataType::Normal);
        EXPECT_EQ(page.bytes.empty(), !guest->window.contains(GpaRange{page.gpa, page.gpa + page_bytes}));
    }
}

TEST_F(FirmwareImage, a_page_of_zeros_in_the_file_is_launched_as_such) {
    auto bytes = file.bytes();
    std::fill_n(bytes.begin(), page_bytes, std::byte{});
    const auto guest = load_firmware(bytes, "x.fd", FirmwareLevel::Vmpl0);
    EXPECT_EQ(guest->memory.pages.front().bytes.size(), page_bytes);
}

TEST_F(FirmwareImage, refuses_what_the_reader_refuses) {
    file.head.version = 2;
    EXPECT_EQ(refusal(FirmwareLevel::Vmpl0),
              "x.fd is not a firmware for SEV-SNP: only version 1 of the SEV metadata is supported (byte 0x1c08)");
    file.head.version = 1;
    file.footer = {};
    EXPECT_NE(refusal(FirmwareLevel::Vmpl0).find("does not end with OVMF's table"), std::string::npos);
}

TEST_F(FirmwareImage, refuses_sections_where_the_svsm_is_or_no_memory) {
    constexpr std::uint64_t memory = 512ull << 20;
    constexpr GpaRange svsm{Gpa{504ull << 20}, Gpa{memory}};
    const auto refusal_with = [&](std::uint32_t gpa, GpaRange region) {
        file.sections[6].gpa = gpa;
        const auto guest = load_firmware(file.bytes(), "x.fd", FirmwareLevel::BelowSvsm);
        const auto checked = check_sections(*guest, region, memory);
        return checked ? "" : checked.error().sentence;
    };
    EXPECT_EQ(refusal_with(0x81'1000, svsm), "");
    EXPECT_NE(refusal_with(0x1f7f'f000, svsm).find("memory at 0x1f7ff000, where the SVSM is"), std::string::npos);
    EXPECT_EQ(refusal_with(0x1f7f'f000, {}), "");
    EXPECT_EQ(refusal_with(0x2000'0000, svsm),
              "the firmware wants memory up to 513 MiB, and --memory gives it 512 MiB");
}

TEST_F(FirmwareImage, without_a_calling_area_it_is_refused_below_the_svsm_alone) {
    file.sections[4].type = 1;
    EXPECT_EQ(refusal(FirmwareLevel::Vmpl0), "");
    EXPECT_NE(refusal(FirmwareLevel::BelowSvsm).find("no place for a calling area, so it runs without an SVSM only"),
              std::string::npos);
}

}  // namespace
}  // namespace tools::image
