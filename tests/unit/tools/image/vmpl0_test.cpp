// SPDX-License-Identifier: MIT
// The image of a guest at VMPL0: what its first instruction finds, and what is refused.
#include "tools/image/vmpl0.hpp"

#include <gtest/gtest.h>

#include "abi/adyton/guest_info.hpp"
#include "base/result.hpp"
#include "tests/unit/tools/elf/elf_image.hpp"
#include "tests/unit/tools/image/image_reader.hpp"
#include "tools/image/boot_block.hpp"
#include "tools/image/linux_memory.hpp"
#include "tools/payload/elf.hpp"

namespace tools::image {
namespace {

using abi::Pte;
using L = abi::adyton::GuestBootLayout;
constexpr std::uint64_t region = abi::adyton::guest_boot_region, guest_base = abi::adyton::guest_image_begin;

class Vmpl0Image : public testing::Test {
protected:
    Result<Buffer> build() {
        ElfImage elf;
        elf.segment(guest_base, PF_R | PF_X, 100).segment(guest_base + 0x4000, PF_R | PF_W, 8, 0x3000);
        elf.header.e_entry = guest_base;
        LoadedGuest guest = TRY(payload::load_elf(elf.bytes(), "guest.elf")).guest;
        guest.kind = kind;
        return build_vmpl0_image(options, std::move(guest));
    }
    Options options;
    abi::adyton::GuestKind kind = abi::adyton::GuestKind::Elf;
};

TEST_F(Vmpl0Image, StartsTheGuestAtItsEntryWithTheInfoInRdi) {
    const Buffer bytes = *build();
    const ImageReader image{bytes};
    EXPECT_EQ(image.vmsa.vmpl, 0u);
    EXPECT_EQ(image.vmsa.rip, guest_base);
    EXPECT_EQ(image.vmsa.rdi, region + L::info);
    EXPECT_EQ(image.vmsa.rsp, region + L::stack_top);
    EXPECT_EQ(image.vmsa.gdtr.base, region + L::gdt);
    const auto info = load<abi::adyton::GuestInfo>(*image.pages.at(region + L::info).data, 0);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->magic, abi::adyton::guest_info_magic);
    EXPECT_EQ(info->vmpl, 0u);
    EXPECT_EQ(info->calling_area_gpa, 0u);
    ASSERT_EQ(info->memory_range_count, 2u);
    EXPECT_EQ(info->memory[1].gpa, guest_base + 0x4000);
    EXPECT_EQ(info->memory[1].bytes, 0x3000u);
}

TEST_F(Vmpl0Image, HoldsNoSvsm) {
    const Buffer bytes = *build();
    EXPECT_FALSE(find_boot_block(*igvm::File::open(bytes)));
    const ImageReader image{bytes};
    EXPECT_EQ(image.pages.upper_bound(guest_base + 0x6000), image.pages.end());
}

TEST_F(Vmpl0Image, TheGhcbStaysTheHypervisorsAndIsMappedShared) {
    const Buffer bytes = *build();
    ImageReader image{bytes};
    EXPECT_FALSE(image.pages.contains(region + L::ghcb));
    const auto ghcb = image.walk(region + L::ghcb, options.c_bit),
               stack = image.walk(region + L::stack, options.c_bit);
    ASSERT_TRUE(ghcb && stack);
    EXPECT_EQ(*ghcb & (1ull << options.c_bit), 0u);
    EXPECT_EQ(*stack, (region + L::stack) | 1ull << options.c_bit | Pte::present | Pte::writable |
                          Pte::accessed | Pte::dirty);
}

TEST_F(Vmpl0Image, FollowsTheCBitAndTheFeatures) {
    options.c_bit = 51;
    options.sev_features = abi::SevFeatures::SnpActive::mask | abi::SevFeatures::RestrictedInjection::mask;
    const Buffer bytes = *build();
    const ImageReader image{bytes};
    EXPECT_EQ(image.vmsa.cr3, (region + L::page_tables) | 1ull << 51);
    EXPECT_EQ(image.vmsa.sev_features, options.sev_features);
}

TEST_F(Vmpl0Image, RefusesWhatItCannotStart) {
    options.c_bit = 31;
    EXPECT_NE(build().error().sentence.find("C-bit 31"), std::string::npos);
    options.c_bit = 47;
    kind = abi::adyton::GuestKind::Linux;
    options.memory_bytes = most_linux_memory + page_bytes;
    EXPECT_NE(build().error().sentence.find("2048 MiB"), std::string::npos);
}

}  // namespace
}  // namespace tools::image
