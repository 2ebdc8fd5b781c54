// SPDX-License-Identifier: MIT
// Reading IGVM files: a sound one becomes directives, and every way to be unsound has a name.
#include "igvm/reader.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "igvm/limits.hpp"
#include "tests/unit/igvm/image.hpp"

namespace igvm {
namespace {

Error error_of(const std::vector<std::byte>& file) {
    const auto opened = File::open(file);
    EXPECT_FALSE(opened.has_value()) << "the file was accepted";
    return opened ? Error{0xff} : opened.error();
}
Error error_of(const Image& image) { return error_of(image.bytes()); }

template <class Change>
Error error_after(Change change) {
    return error_of(sound_but(change));
}

std::vector<Directive> directives_of(const std::vector<std::byte>& file) {
    std::vector<Directive> all;
    const auto opened = File::open(file);
    EXPECT_TRUE(opened.has_value()) << describe(opened.error());
    if (opened)
        EXPECT_TRUE(opened->for_each([&](const Directive& each) { return all.push_back(each), true; }));
    return all;
}

TEST(Igvm, yields_the_directives_in_file_order) {
    const auto file = Image{}
                          .platform()
                          .add(Type::GuestPolicy, format::GuestPolicy{0x30000, snp, 0})
                          .area(0)
                          .area(7, 8192)
                          .add(Type::VpCountParameter, format::Parameter{7, 0})
                          .add(Type::EnvironmentInfo, format::Parameter{7, 4})
                          .add(Type::MemoryMap, format::Parameter{0, 0})
                          .insert(0x5000, 0)
                          .insert(0x6000, 7)
                          .add(Type::RequiredMemory, format::RequiredMemory{0x80'0000, snp, 0x2000, 0, 0})
                          .page(0x1000)
                          .page(0x2000, 0x2000, 2, 1)
                          .vmsa()
                          .bytes();
    const auto all = directives_of(file);
    ASSERT_EQ(all.size(), 12u);
    EXPECT_EQ(std::get<GuestPolicy>(all[0]).policy, 0x30000u);
    EXPECT_EQ(std::get<ParameterArea>(all[2]).index, 7u);
    EXPECT_EQ(std::get<ParameterArea>(all[2]).bytes, 8192u);
    EXPECT_EQ(std::get<VpCount>(all[3]).at.area_index, 7u);
    EXPECT_EQ(std::get<EnvironmentInfo>(all[4]).at.byte_offset, 4u);
    EXPECT_EQ(std::get<MemoryMap>(all[5]).at.area_index, 0u);
    EXPECT_EQ(std::get<ParameterInsert>(all[7]).gpa, Gpa{0x6000});
    EXPECT_EQ(std::get<ParameterInsert>(all[7]).index, 7u);
    EXPECT_EQ(std::get<RequiredMemory>(all[8]).range, (GpaRange{Gpa{0x80'0000}, Gpa{0x80'2000}}));
    const auto& zeros = std::get<PageData>(all[9]);
    EXPECT_EQ(zeros.gpa, Gpa{0x1000});
    EXPECT_FALSE(zeros.data.has_value());
    EXPECT_FALSE(zeros.unmeasured);
    const auto& secrets = std::get<PageData>(all[10]);
    EXPECT_EQ(secrets.type, format::PageDataType::Secrets);
    EXPECT_TRUE(secrets.unmeasured);
    EXPECT_EQ(secrets.data->data(), file.data() + 0x2000);
    EXPECT_EQ(secrets.data->size(), page_bytes);
    EXPECT_EQ(std::get<VpContext>(all[11]).vmsa.data(), file.data() + Image::data_offset);
}

TEST(Igvm, stops_when_the_visitor_says_so) {
    const auto file = sound().bytes();
    int visited = 0;
    EXPECT_FALSE(File::open(file)->for_each([&](const Directive&) { return ++visited, false; }));
    EXPECT_EQ(visited, 1);
}

TEST(Igvm, skips_what_is_for_another_platform) {
    const auto file = Image{}
                          .platform(other, format::PlatformType::Tdx)
                          .platform()
                          .add(Type::GuestPolicy, format::GuestPolicy{1, other, 0})
                          .insert(0x4000, 0, other)
                          .add(Type::RequiredMemory, format::RequiredMemory{0x8000, other, 0x1000, 0, 0})
                          .page(0x1000, 0, 0, 0, other)
                          .page(0x2000, 0, 0, 0, snp | other)
                          .vmsa(0x9000, 5, other)
                          .vmsa()
                          .bytes();
    const auto all = directives_of(file);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(std::get<PageData>(all[0]).gpa, Gpa{0x2000});
}

TEST(Igvm, skips_unknown_headers_that_are_optional) {
    Image image = sound();
    image.entries.insert(image.entries.begin() + 1,
                         {format::optional_type_bit | 0x777, std::vector<std::byte>(11)});
    EXPECT_EQ(directives_of(image.bytes()).size(), 2u);
}

TEST(IgvmRefuses, files_shorter_than_a_header) {
    EXPECT_EQ(error_of(std::vector<std::byte>{}), Error::TooShort);
    EXPECT_EQ(error_of(std::vector<std::byte>(23)), Error::TooShort);
}

TEST(IgvmRefuses, another_magic_number) {
    EXPECT_EQ(error_after([](auto& fixed) { fixed.magic ^= 1; }), Error::BadMagic);
}

TEST(IgvmRefuses, another_version) {
    for (const std::uint32_t version : {0u, 3u})
        EXPECT_EQ(error_after([&](auto& fixed) { fixed.format_version = version; }), Error::BadVersion);
}

TEST(Igvm, version_2_for_this_architecture_says_the_same) {
    const auto file = sound().bytes(), second = in_version_2(file);
    EXPECT_EQ(directives_of(second).size(), directives_of(file).size());
    EXPECT_FALSE(Headers::open(file)->other_architecture());
    EXPECT_FALSE(Headers::open(second)->other_architecture());
}

TEST(IgvmRefuses, version_2_for_another_architecture_which_can_be_listed) {
    const auto aarch64 = in_version_2(sound().bytes(), 1),
               large_pages = in_version_2(sound().bytes(), 0, 65536);
    EXPECT_EQ(error_of(aarch64), Error::BadArchitecture);
    EXPECT_EQ(File::check(aarch64).error().offset, 24u);
    EXPECT_EQ(error_of(large_pages), Error::BadArchitecture);
    EXPECT_EQ(File::check(large_pages).error().offset, 28u);
    unsigned headers = 0;
    Headers::open(aarch64)->for_each([&](const Item&) { return ++headers, true; });
    EXPECT_EQ(headers, 3u);
}

TEST(IgvmRefuses, version_2_with_a_header_that_is_short_or_has_changed) {
    auto damaged = in_version_2(sound().bytes());
    damaged[sizeof(format::FixedHeader) + 4] ^= std::byte{1};
    EXPECT_EQ(error_of(damaged), Error::BadChecksum);
    damaged = in_version_2(sound().bytes());
    damaged[sizeof(format::FixedHeader) + sizeof(format::FixedHeaderTail) + 8] ^= std::byte{1};
    EXPECT_EQ(error_of(damaged), Error::BadChecksum);
    const auto file = in_version_2(sound().bytes());
    const std::vector<std::byte> cut{file.begin(), file.begin() + 31};
    EXPECT_EQ(error_of(cut), Error::TooShort);
    // Its headers would begin inside its own.
    EXPECT_EQ(error_after([](auto& fixed) { fixed.format_version = format::format_version_2; }),
              Error::BadHeaderOffset);
}

TEST(Igvm, a_device_tree_is_a_parameter_like_others) {
    Image image = sound();
    const format::Parameter at{7, 0};
    image.area(7).add(Type::DeviceTree, at).insert(0x5000, 7);
    bool is_there = false;
    for (const Directive& directive : directives_of(image.bytes()))
        is_there |= std::holds_alternative<DeviceTree>(directive);
    EXPECT_TRUE(is_there);
}

TEST(IgvmRefuses, a_truncated_or_extended_file) {
    auto file = sound().bytes();
    file.pop_back();
    EXPECT_EQ(error_of(file), Error::SizeMismatch);
    file.resize(file.size() + 2);
    EXPECT_EQ(error_of(file), Error::SizeMismatch);
}

TEST(IgvmRefuses, headers_outside_the_file) {
    auto file = sound().bytes();
    const auto with = [&](std::uint32_t offset, std::uint32_t size) {
        auto fixed = *load<format::FixedHeader>(file, 0);
        fixed.variable_header_offset = offset;
        fixed.variable_header_size = size;
        std::memcpy(file.data(), &fixed, sizeof fixed);
        return error_of(file);
    };
    const auto size = static_cast<std::uint32_t>(file.size());
    EXPECT_EQ(with(16, 8), Error::BadHeaderOffset);          // inside the fixed header
    EXPECT_EQ(with(28, 8), Error::BadHeaderOffset);          // misaligned
    EXPECT_EQ(with(24, size - 24), Error::BadHeaderOffset);  // no byte of data behind
    EXPECT_EQ(with(~7u, 8), Error::BadHeaderOffset);         // the sum needs 33 bits
    EXPECT_EQ(with(24, ~0u), Error::BadHeaderOffset);
    EXPECT_EQ(with(24, size - 25), Error::BadChecksum);  // inside, but not what was summed
}

TEST(IgvmRefuses, a_flipped_bit_in_any_header) {
    const auto file = sound().bytes();
    const auto fixed = *load<format::FixedHeader>(file, 0);
    for (std::size_t at = sizeof fixed; at < sizeof fixed + fixed.variable_header_size; ++at) {
        auto flipped = file;
        flipped[at] ^= std::byte{0x10};
        EXPECT_EQ(error_of(flipped), Error::BadChecksum);
    }
    auto flipped = file;
    flipped[20] ^= std::byte{1};
    EXPECT_EQ(error_of(flipped), Error::BadChecksum);
}

TEST(IgvmRefuses, a_header_that_is_cut_off) {
    EXPECT_EQ(error_after([](auto& fixed) { fixed.variable_header_size -= 16; }), Error::TruncatedHeader);
    EXPECT_EQ(error_after([](auto& fixed) { fixed.variable_header_size -= 28; }), Error::TruncatedHeader);
}

TEST(IgvmRefuses, a_length_that_leaves_the_headers) {
    auto file = sound().bytes();
    const std::uint32_t huge = 0xffff'fff8;
    std::memcpy(file.data() + sizeof(format::FixedHeader) + 4, &huge, sizeof huge);
    Image::seal(file, *load<format::FixedHeader>(file, 0));
    EXPECT_EQ(error_of(file), Error::TruncatedHeader);
}

TEST(IgvmRefuses, unknown_headers) {
    Image image = sound();
    image.entries.push_back({0x399, std::vector<std::byte>(8)});
    EXPECT_EQ(error_of(image), Error::UnknownType);
    image.entries.back().type = 0x250;  // between the sections
    EXPECT_EQ(error_of(image), Error::UnknownType);
}

TEST(IgvmRefuses, sections_out_of_order) {
    EXPECT_EQ(error_of(sound().platform(other, format::PlatformType::Native)), Error::BadOrder);
    EXPECT_EQ(error_of(sound().add(Type::GuestPolicy, format::GuestPolicy{0, snp, 0})), Error::BadOrder);
}

TEST(IgvmRefuses, payloads_of_another_length) {
    for (std::size_t i = 0; i < 3; ++i)
        for (const int change : {-1, 1, 4}) {
            Image image = sound();
            auto& payload = image.entries[i].payload;
            payload.resize(payload.size() + static_cast<std::size_t>(change));
            EXPECT_EQ(error_of(image), Error::BadLength) << i << " " << change;
        }
}

TEST(IgvmRefuses, data_outside_the_file) {
    const auto size = static_cast<std::uint32_t>(sound().bytes().size());
    EXPECT_EQ(error_of(sound().page(0x2000, size - 4095)), Error::BadFileOffset);
    EXPECT_EQ(error_of(sound().page(0x2000, ~0u)), Error::BadFileOffset);
    EXPECT_EQ(directives_of(sound().page(0x2000, size - 4096).bytes()).size(), 3u);
}

TEST(IgvmRefuses, data_inside_the_headers) {
    EXPECT_EQ(error_of(sound().page(0x2000, 8)), Error::BadFileOffset);
    EXPECT_EQ(error_of(Image{}.platform().vmsa(abi::launch_vmsa_gpa, 0, snp, 0)), Error::BadFileOffset);
}

TEST(IgvmRefuses, unaligned_addresses) {
    EXPECT_EQ(error_of(sound().page(0x2008)), Error::UnalignedGpa);
    EXPECT_EQ(error_of(sound().area(0).insert(0x2008, 0)), Error::UnalignedGpa);
    EXPECT_EQ(error_of(sound().add(Type::RequiredMemory, format::RequiredMemory{8, snp, 0x1000, 0, 0})),
              Error::UnalignedGpa);
    EXPECT_EQ(
        error_of(sound().add(Type::RequiredMemory, format::RequiredMemory{~0xfffull, snp, 0x2000, 0, 0})),
        Error::UnalignedGpa);
}

TEST(IgvmRefuses, an_image_without_snp) {
    EXPECT_EQ(error_of(Image{}.platform(snp, format::PlatformType::Tdx).page(0x1000).vmsa()),
              Error::NoSnpPlatform);
    EXPECT_EQ(error_of(Image{}), Error::NoSnpPlatform);
}

TEST(IgvmRefuses, ambiguous_platforms) {
    EXPECT_EQ(error_of(Image{}.platform(3).vmsa()), Error::BadPlatform);
    EXPECT_EQ(error_of(Image{}.platform(0).vmsa()), Error::BadPlatform);
    EXPECT_EQ(error_of(Image{}.platform().platform(snp, format::PlatformType::Tdx).vmsa()),
              Error::BadPlatform);
    EXPECT_EQ(error_of(Image{}.platform(snp).platform(other).vmsa()), Error::BadPlatform);
    EXPECT_EQ(error_of(Image{}.platform(snp, format::PlatformType::SevSnp, 2).vmsa()), Error::BadPlatform);
}

TEST(IgvmRefuses, unknown_kinds_of_pages) {
    EXPECT_EQ(error_of(sound().page(0x2000, 0, 0, 4)), Error::UnknownPageType);
}

TEST(IgvmRefuses, large_shared_and_strange_pages) {
    for (const std::uint32_t flags : {1u, 4u, 8u, 1u << 31})
        EXPECT_EQ(error_of(sound().page(0x2000, 0, flags)), Error::BadPageFlags);
}

TEST(IgvmRefuses, a_boot_vmsa_anywhere_else) {
    EXPECT_EQ(error_of(Image{}.platform().vmsa(0x1000)), Error::BadVmsaGpa);
}

TEST(IgvmRefuses, more_or_less_than_one_boot_vmsa) {
    EXPECT_EQ(error_of(Image{}.platform().page(0x1000)), Error::MissingVpContext);
    EXPECT_EQ(error_of(sound().vmsa()), Error::ManyVpContexts);
    EXPECT_EQ(error_of(Image{}.platform().vmsa(abi::launch_vmsa_gpa, 1)), Error::ManyVpContexts)
        << "not the boot CPU's";
}

TEST(IgvmRefuses, parameter_areas_of_odd_size) {
    EXPECT_EQ(error_of(sound().area(0, 0)), Error::BadAreaSize);
    EXPECT_EQ(error_of(sound().area(0, 4095)), Error::BadAreaSize);
}

TEST(IgvmRefuses, a_parameter_area_declared_twice) {
    EXPECT_EQ(error_of(sound().area(0).area(0)), Error::AreaTwice);
    EXPECT_EQ(error_of(sound().area(0).insert(0x3000, 0).area(0)), Error::AreaTwice);
}

TEST(IgvmRefuses, more_parameter_areas_than_it_can_keep) {
    Image image = sound();
    for (std::uint32_t i = 0; i < max_parameter_areas; ++i) image.area(i);
    EXPECT_EQ(directives_of(image.bytes()).size(), 2 + max_parameter_areas);
    EXPECT_EQ(error_of(image.area(99)), Error::ManyAreas);
    EXPECT_EQ(error_of(sound().area(0, max_parameter_bytes).area(1)), Error::ManyAreas);
}

TEST(IgvmRefuses, parameters_without_an_area) {
    const format::Parameter nowhere{3, 0};
    for (const Type type :
         {Type::VpCountParameter, Type::Madt, Type::MemoryMap, Type::EnvironmentInfo, Type::DeviceTree}) {
        EXPECT_EQ(error_of(sound().add(type, nowhere)), Error::NoArea);
        EXPECT_EQ(error_of(sound().add(type, nowhere).area(3)), Error::NoArea);
        EXPECT_EQ(error_of(sound().area(3).insert(0x3000, 3).add(type, nowhere)), Error::NoArea);
    }
    EXPECT_EQ(error_of(sound().insert(0x3000, 3)), Error::NoArea);
    EXPECT_EQ(error_of(sound().area(3).insert(0x3000, 3).insert(0x4000, 3)), Error::NoArea);
}

TEST(IgvmRefuses, parameters_that_leave_their_area) {
    const auto at = [](Type type, std::uint32_t offset) {
        return sound().area(0).add(type, format::Parameter{0, offset}).bytes();
    };
    EXPECT_EQ(error_of(at(Type::VpCountParameter, 4093)), Error::OutsideArea);
    EXPECT_EQ(error_of(at(Type::EnvironmentInfo, 4093)), Error::OutsideArea);
    EXPECT_EQ(error_of(at(Type::DeviceTree, 4093)), Error::OutsideArea);
    EXPECT_EQ(error_of(at(Type::MemoryMap, 4096 - 23)), Error::OutsideArea);
    EXPECT_EQ(error_of(at(Type::Madt, 4096 - 43)), Error::OutsideArea);
    EXPECT_EQ(error_of(at(Type::VpCountParameter, ~0u)), Error::OutsideArea);
    EXPECT_EQ(directives_of(at(Type::VpCountParameter, 4092)).size(), 4u);
    EXPECT_EQ(directives_of(at(Type::MemoryMap, 4096 - 24)).size(), 4u);
}

/// The fault of a file: what is wrong with it, and the header that says so.
Fault fault_of(const Image& image) {
    const auto file = image.bytes();
    const auto opened = File::check(file);
    EXPECT_FALSE(opened.has_value()) << "the file was accepted";
    return opened ? Fault{} : opened.error();
}

TEST(IgvmFaults, name_the_header_and_its_place) {
    // Behind the fixed header: a platform and a page, 24 and 32 bytes.
    const Fault page = fault_of(Image{}.platform().page(0x1008).vmsa());
    EXPECT_EQ(page.error, Error::UnalignedGpa);
    EXPECT_EQ(page.offset, 24u + 24u);
    EXPECT_EQ(page.type, static_cast<std::uint32_t>(Type::PageData));
    const Fault order = fault_of(sound().platform(other, format::PlatformType::Native));
    EXPECT_EQ(order.offset, 24u + 24u + 32u + 32u);
    EXPECT_EQ(order.type, static_cast<std::uint32_t>(Type::SupportedPlatform));
    const Fault none = fault_of(Image{}.platform().page(0x1000));
    EXPECT_EQ(none.error, Error::MissingVpContext);
    EXPECT_EQ(none.type, 0u);
    auto file = sound().bytes();
    file.pop_back();
    EXPECT_EQ(File::check(file).error().offset, offsetof(format::FixedHeader, total_file_size));
}

/// Types of the format that no loader of SNP images carries out, with the length that they have.
constexpr Type unsupported[] = {Type::RelocatableRegion,
                                Type::PageTableRelocationRegion,
                                Type::CorimDocument,
                                Type::CorimSignature,
                                Type::Srat,
                                Type::MmioRanges,
                                Type::ErrorRange,
                                Type::CommandLine,
                                Type::Slit,
                                Type::Pptt,
                                Type::VbsMeasurement,
                                Type::NativeVpContext};

/// `image` with such a header, for the platforms of `mask`, in its section.
Image with(Image image, Type type, std::uint32_t mask) {
    const TypeInfo& info = *find_type(static_cast<std::uint32_t>(type));
    std::vector<std::byte> payload(info.bytes);
    if (info.mask_at) std::memcpy(&payload[*info.mask_at], &mask, sizeof mask);
    const bool is_directive = section_of(static_cast<std::uint32_t>(type)) == Section::Directive;
    image.entries.insert(is_directive ? image.entries.end() : image.entries.begin() + 1,
                         {static_cast<std::uint32_t>(type), payload});
    return image;
}

TEST(IgvmRefuses, known_types_that_it_does_not_carry_out) {
    for (const Type type : unsupported) {
        const Fault found = fault_of(with(sound(), type, snp));
        EXPECT_EQ(found.error, Error::UnsupportedType) << find_type(static_cast<std::uint32_t>(type))->name;
        EXPECT_EQ(found.type, static_cast<std::uint32_t>(type));
    }
}

TEST(Igvm, skips_known_types_for_another_platform_and_optional_ones) {
    for (const Type type : unsupported) {
        Image image = with(sound(), type, other);
        if (find_type(static_cast<std::uint32_t>(type))->mask_at)
            EXPECT_EQ(directives_of(image.bytes()).size(), 2u)
                << find_type(static_cast<std::uint32_t>(type))->name;
        image = with(sound(), type, snp);
        for (auto& entry : image.entries)
            if (entry.type == static_cast<std::uint32_t>(type)) entry.type |= format::optional_type_bit;
        EXPECT_EQ(directives_of(image.bytes()).size(), 2u);
    }
}

TEST(IgvmRefuses, parameter_areas_with_contents) {
    Image image = sound();
    image.add(Type::ParameterArea, format::ParameterArea{4096, 0, Image::data_offset});
    EXPECT_EQ(error_of(image), Error::AreaContents);
}

TEST(Igvm, hands_out_the_id_block_for_its_platform) {
    const auto none = sound().bytes();
    EXPECT_FALSE(File::open(none)->id_block());
    Image image = sound();
    image.add(Type::SnpIdBlock, format::SnpIdBlock{.compatibility_mask = other, .guest_svn = 1});
    image.add(Type::SnpIdBlock, format::SnpIdBlock{.compatibility_mask = snp, .guest_svn = 2});
    const auto file = image.bytes();
    EXPECT_EQ(File::open(file)->id_block()->guest_svn, 2u);
    EXPECT_EQ(directives_of(file).size(), 2u);
    image.entries.back().payload.pop_back();
    EXPECT_EQ(error_of(image), Error::BadLength);
}

TEST(IgvmTypes, each_of_the_format_has_a_name_and_fits_its_fields) {
    std::set<std::string_view> names;
    for (std::uint32_t number = 0; number < 0x500; ++number) {
        const TypeInfo* const info = find_type(number);
        if (info == nullptr) continue;
        EXPECT_TRUE(names.insert(info->name).second) << info->name;
        EXPECT_NE(section_of(number), Section::Unknown) << info->name;
        if (info->mask_at) EXPECT_LE(*info->mask_at + 4, info->bytes) << info->name;
        if (info->data_at) EXPECT_LE(*info->data_at + 4, info->bytes) << info->name;
        EXPECT_EQ(find_type(number | format::optional_type_bit), info);
    }
    EXPECT_EQ(names.size(), 25u);
    EXPECT_EQ(find_type(0x306), nullptr) << "reserved, never to be used";
}

TEST(IgvmErrors, every_error_has_its_own_sentence) {
    std::set<std::string_view> sentences;
    constexpr auto count = static_cast<unsigned>(Error::NotOnePage) + 1;
    for (unsigned i = 0; i < count; ++i) sentences.insert(describe(static_cast<Error>(i)));
    EXPECT_EQ(sentences.size(), count);
    EXPECT_FALSE(sentences.contains("unknown error"));
}

}  // namespace
}  // namespace igvm
