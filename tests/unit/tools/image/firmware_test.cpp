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

TEST_F(FirmwareImage, without_a_calling_area_it_is_refused_below_the_svsm_alone) {
    file.sections[4].type = 1;
    EXPECT_EQ(refusal(FirmwareLevel::Vmpl0), "");
    EXPECT_NE(refusal(FirmwareLevel::BelowSvsm).find("no place for a calling area, so it runs without an SVSM only"),
              std::string::npos);
}

}  // namespace
}  // namespace tools::image
