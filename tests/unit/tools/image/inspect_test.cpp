// SPDX-License-Identifier: MIT
// The listing of images that other builders write: what is for whom, what is not supported, and where.
#include "tools/image/inspect.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include <gtest/gtest.h>

#include "igvm/types.hpp"
#include "tests/unit/tools/measure/igvm_file.hpp"
#include "tools/support/format.hpp"

namespace tools::image {
namespace {

using measure::IgvmFile, measure::format::Type;
namespace format = abi::igvm;
using Platform = format::PlatformType;

constexpr std::uint32_t other = 2;

std::string listing_of(const IgvmFile& file) {
    const measure::File bytes = file.bytes();
    const auto text = describe_image(bytes, "x.igvm");
    if (!text) return text.error().sentence;
    std::istringstream lines{*text};
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
    return *text;
}
/// The last sentence, whose lines are folded.
std::string unfolded(std::string text) {
    const auto last = text.rfind("file:\n  ");
    for (auto at = text.find("\n  ", last + 9); last != std::string::npos && at != std::string::npos;
         at = text.find("\n  ", at))
        text.replace(at, 3, " ");
    return text;
}
void expect_in(const std::string& text, std::string_view words) {
    EXPECT_NE(text.find(words), std::string::npos) << words << "\n" << text;
}

IgvmFile two_platforms(Platform second) { return IgvmFile{}.platform().platform(other, second).policy(); }

/// A header of the format's length, for the platforms of `mask`.
IgvmFile& add(IgvmFile& file, Type type, std::uint32_t mask) {
    const igvm::TypeInfo& info = *igvm::find_type(static_cast<std::uint32_t>(type));
    std::array<std::byte, 1024> payload{};
    if (info.mask_at) std::memcpy(&payload[*info.mask_at], &mask, sizeof mask);
    return file.add(type, payload, info.bytes);
}

TEST(Inspect, names_the_platforms_of_the_file) {
    const std::string text = listing_of(two_platforms(Platform::Tdx).vmsa());
    expect_in(text, "x.igvm: IGVM image for SEV-SNP, TDX, 8192 bytes\n");
    expect_in(text, "  platform         TDX, version 1, mask 0x2, VTL 0\n");
    for (const auto& [type, name] :
         std::initializer_list<std::pair<Platform, const char*>>{{Platform::Native, "native"},
                                                                 {Platform::VsmIsolation, "VSM"},
                                                                 {Platform::Sev, "SEV"},
                                                                 {Platform::SevEs, "SEV-ES"},
                                                                 {Platform::Cca, "CCA"},
                                                                 {Platform{99}, "unknown"}})
        expect_in(listing_of(IgvmFile{}.platform(1, type).vmsa()), formatted("IGVM image for {}, ", name));
}

TEST(Inspect, headers_for_another_platform_are_skipped_and_say_so) {
    IgvmFile file = two_platforms(Platform::Native).vmsa();
    add(file, Type::NativeVpContext, other);
    file.page(0x123, {}, 9, 7, other);
    const std::string text = listing_of(file);
    expect_in(text,
              "  X64_NATIVE_VP_CONTEXT\n                   skipped: for another platform, native (byte 0x");
    expect_in(text, "type 7");
    EXPECT_EQ(text.find("refuses"), std::string::npos) << text;
    expect_in(listing_of(IgvmFile{}.platform().page(0x1000, {}, 0, 0, 8).vmsa()),
              "skipped: for another platform, none of the file's");
}

TEST(Inspect, known_types_that_are_not_supported_are_named) {
    for (const Type type : {Type::RelocatableRegion, Type::Srat, Type::MmioRanges, Type::ErrorRange,
                            Type::CommandLine, Type::Slit, Type::Pptt, Type::VbsMeasurement}) {
        const bool is_first =
            igvm::section_of(static_cast<std::uint32_t>(type)) == igvm::Section::Initialization;
        IgvmFile file = is_first ? IgvmFile{}.platform() : IgvmFile{}.platform().area(0, 4096);
        add(file, type, 1);
        const std::string text = unfolded(listing_of(file.vmsa()));
        const auto name = igvm::find_type(static_cast<std::uint32_t>(type))->name;
        expect_in(text, formatted("  {}", name));
        expect_in(text, "                   not supported (byte 0x");
        expect_in(
            text,
            formatted("adyton run refuses this file:\n  the file holds an IGVM header that no loader here "
                      "carries out for SEV-SNP ({} at byte 0x",
                      name));
    }
}

TEST(Inspect, optional_and_unknown_headers_are_told_apart) {
    IgvmFile file = IgvmFile{}.platform().vmsa();
    file.add(Type{0x8000'030e}, format::Parameter{1, 0x800}).add(Type{0x8000'0399}, std::uint64_t{});
    const std::string skipped = listing_of(file);
    expect_in(skipped, "  COMMAND_LINE\n                   skipped: optional (byte 0x");
    expect_in(skipped, "  unknown\n                   skipped: optional (byte 0x");
    EXPECT_EQ(skipped.find("refuses"), std::string::npos);
    const std::string unknown = unfolded(listing_of(file.add(Type{0x399}, std::uint64_t{})));
    expect_in(unknown, "unknown type 0x399 (byte 0x");
    expect_in(unknown, "the file holds an IGVM header of unknown type (unknown at byte 0x");
}

TEST(Inspect, a_device_tree_and_a_file_of_version_2_are_taken) {
    const std::string text =
        listing_of(IgvmFile{}.version_2().platform().area(0, 4096).parameter(Type::DeviceTree, 0, 8).vmsa());
    expect_in(text, "  device tree      area 0, byte 8\n");
    EXPECT_EQ(text.find("refuses"), std::string::npos) << text;
}

TEST(Inspect, an_image_for_another_architecture_is_listed_and_refused) {
    const std::string text = unfolded(listing_of(IgvmFile{}.version_2(1).platform(1, Platform::Cca).vmsa()));
    expect_in(text, "IGVM image for CCA");
    expect_in(text,
              "refuses this file:\n  the image is for another architecture, or for other pages than 4 KiB");
    expect_in(text, "(byte 0x18)");
}

TEST(Inspect, areas_with_contents_are_refused_by_name) {
    const std::string text =
        unfolded(listing_of(IgvmFile{}.platform().area(3, 4096, measure::page_of(1)).vmsa()));
    expect_in(
        text,
        "  parameter area   index 3, 4096 bytes\n                   contents at byte 0x1000, which loaders "
        "replace by zeros\n");
    expect_in(text, "has contents of its own, which loaders replace by zeros (PARAMETER_AREA at byte 0x30)");
}

TEST(Inspect, an_id_block_a_policy_and_a_second_vmsa_are_read) {
    IgvmFile file = IgvmFile{}.platform().policy(0x30a'0137).vmsa().vmsa(measure::vmsa_page(), 1);
    file.add(Type::SnpIdBlock, format::SnpIdBlock{.compatibility_mask = 1, .version = 1, .guest_svn = 5});
    const std::string text = unfolded(listing_of(file));
    expect_in(text,
              "  guest policy     0x30a0137\n                   abi=1.55, no-smt, debug, ciphertext-hiding, "
              "no-page-swap\n");
    expect_in(text, "  VMSA of vCPU 1   RIP 0xfff0");
    expect_in(text, "  ID block         version 1, guest SVN 5, without an author key\n");
    expect_in(text, "more than one boot VMSA (VP_CONTEXT at byte 0x");
}

TEST(Inspect, pages_that_are_alike_are_one_row) {
    IgvmFile file = IgvmFile{}.platform();
    for (std::uint64_t page = 1; page <= 3; ++page) file.page(page * page_bytes, measure::page_of(1));
    file.page(4 * page_bytes).page(0x20'0000, {}, 1).vmsa();
    const std::string text = listing_of(file);
    expect_in(text, "  pages            0x0000001000..0x0000004000     12 KiB  data\n");
    expect_in(text, "  pages            0x0000004000..0x0000005000      4 KiB  zeros\n");
    expect_in(text, "2048 KiB  zeros, 2 MiB\n");
}

TEST(Inspect, a_file_that_cannot_be_read_has_one_sentence_with_the_place) {
    IgvmFile file = IgvmFile{}.platform().vmsa();
    file.add(Type::SnpIdBlock, std::array<std::byte, 1076>{});
    EXPECT_EQ(
        listing_of(file),
        "x.igvm is not a usable IGVM image: an IGVM header has the wrong length (SNP_ID_BLOCK at byte 0x50)");
    EXPECT_EQ(describe_image({}, "x").error().sentence,
              "x is not a usable IGVM image: the file is too short for an IGVM header (byte 0x0)");
}

TEST(Inspect, json_says_the_same) {
    IgvmFile file = two_platforms(Platform::Tdx).area(0, 4096);
    file.parameter(Type::Slit).page(0x1000, measure::page_of(1)).page(0x2000, measure::page_of(1)).vmsa();
    const measure::File bytes = file.bytes();
    const auto json = nlohmann::json::parse(*describe_image_as_json(bytes, "x.igvm"));
    EXPECT_EQ(json["platforms"], (nlohmann::json{"SEV-SNP", "TDX"}));
    EXPECT_EQ(json["usable"], false);
    EXPECT_EQ(json["bytes"], bytes.size());
    ASSERT_EQ(json["headers"].size(), 7u);
    const auto& slit = json["headers"][4];
    EXPECT_EQ(slit["name"], "SLIT");
    EXPECT_EQ(slit["type"], "0x30f");
    EXPECT_EQ(slit["not_taken"], "not supported");
    EXPECT_FALSE(slit.contains("platforms"));
    const auto& pages = json["headers"][5];
    EXPECT_EQ(pages["headers"], 2);
    EXPECT_EQ(pages["gpa"], "0x1000");
    EXPECT_EQ(pages["bytes"], 8192);
    EXPECT_EQ(pages["platforms"], nlohmann::json{"SEV-SNP"});
    EXPECT_FALSE(describe_image_as_json({}, "x"));
}

}  // namespace
}  // namespace tools::image
