// SPDX-License-Identifier: MIT
// What an image without our SVSM asks for.
#include "tools/payload/foreign.hpp"

#include <gtest/gtest.h>

#include "abi/snp/vmsa.hpp"
#include "abi/x86/registers.hpp"
#include "igvm/writer.hpp"

namespace tools::payload {
namespace {

std::vector<std::byte> image_with(const abi::Vmsa& vmsa) {
    igvm::Writer writer;
    writer.add(igvm::RequiredMemory{{Gpa{0x800'0000}, Gpa{0x880'0000}}});
    writer.add(igvm::ParameterArea{0, page_bytes});
    writer.add(igvm::Madt{{0, 0}});
    writer.add(igvm::DeviceTree{{0, 0}});
    writer.add(igvm::ParameterInsert{Gpa{0x1000}, 0});
    writer.add(igvm::VpContext{std::as_bytes(std::span{&vmsa, 1})});
    return *writer.finish();
}

std::optional<unsigned> c_bit_with(std::uint64_t cr0, std::uint64_t cr3) {
    abi::Vmsa vmsa{};
    vmsa.cr0 = cr0;
    vmsa.cr3 = cr3;
    const auto bytes = image_with(vmsa);
    return c_bit_of(*igvm::File::open(bytes));
}

TEST(Foreign, the_c_bit_is_read_from_the_root_of_its_tables) {
    constexpr std::uint64_t pg = abi::Cr0::pg | abi::Cr0::pe, root = 0x123'4000;
    for (unsigned bit = 47; bit <= 51; ++bit) EXPECT_EQ(c_bit_with(pg, root | 1ull << bit), bit);
    EXPECT_EQ(c_bit_with(pg, root), std::nullopt);
    EXPECT_EQ(c_bit_with(pg, root | 3ull << 47), std::nullopt);
    EXPECT_EQ(c_bit_with(abi::Cr0::pe, root | 1ull << 51), std::nullopt);
}

TEST(Foreign, what_it_asks_for_is_named) {
    abi::Vmsa vmsa{};
    vmsa.sev_features = 0x29;
    vmsa.rip = 0xffff'fff0;
    const auto bytes = image_with(vmsa);
    const std::string text = describe_foreign(*igvm::File::open(bytes), "other.igvm");
    for (const char* words : {"adyton: other.igvm is no image of Adyton's SVSM; it asks for:\n",
                              "0x29 (restricted-injection, debug-swap)", "paging off", "0x8000000..0x8800000",
                              "  parameters    ACPI MADT, device tree (stays zero)\n"})
        EXPECT_NE(text.find(words), std::string::npos) << words << "\n" << text;
    for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
        end = text.find('\n', at);
        EXPECT_LE(end - at, 80u);
    }
}

}  // namespace
}  // namespace tools::payload
