// SPDX-License-Identifier: MIT
// What the writer writes, the reader reads: every directive, in order, with its data. And what a file cannot
// express is an error, never another file.
#include "igvm/writer.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "igvm/limits.hpp"
#include "igvm/reader.hpp"

namespace igvm {
namespace {

using abi::igvm::PageDataType;
using Page = std::array<std::byte, page_bytes>;

Page page_of(unsigned char first) {
    Page page;
    for (std::size_t i = 0; i < page.size(); ++i) page[i] = static_cast<std::byte>(first + i * 7);
    return page;
}
const Page vmsa = page_of(1), text = page_of(2), data = page_of(3);

bool same(std::optional<Bytes> a, std::optional<Bytes> b) {
    return a.has_value() == b.has_value() && (!a || std::ranges::equal(*a, *b));
}
bool same(abi::igvm::Parameter a, abi::igvm::Parameter b) {
    return a.area_index == b.area_index && a.byte_offset == b.byte_offset;
}
bool same(const PageData& a, const PageData& b) {
    return a.gpa == b.gpa && a.type == b.type && a.unmeasured == b.unmeasured && same(a.data, b.data);
}
bool same(const VpContext& a, const VpContext& b) { return std::ranges::equal(a.vmsa, b.vmsa); }
bool same(const ParameterArea& a, const ParameterArea& b) { return a.index == b.index && a.bytes == b.bytes; }
bool same(const ParameterInsert& a, const ParameterInsert& b) { return a.gpa == b.gpa && a.index == b.index; }
bool same(const RequiredMemory& a, const RequiredMemory& b) { return a.range == b.range; }
bool same(const GuestPolicy& a, const GuestPolicy& b) { return a.policy == b.policy; }
template <class T>
bool same(const T& a, const T& b) {
    return same(a.at, b.at);
}
bool same(const Directive& a, const Directive& b) {
    return a.index() == b.index() &&
           std::visit(
               [&](const auto& left) { return same(left, *std::get_if<std::decay_t<decltype(left)>>(&b)); },
               a);
}

/// Every directive there is, and every kind of page.
std::vector<Directive> everything() {
    return {GuestPolicy{0x203'0000},
            RequiredMemory{{Gpa{0x800'0000}, Gpa{0x880'0000}}},
            ParameterArea{0, page_bytes},
            ParameterArea{9, 2 * page_bytes},
            VpCount{{9, 4}},
            EnvironmentInfo{{9, 8188}},
            MemoryMap{{0, 0}},
            Madt{{9, 16}},
            DeviceTree{{9, 4096}},
            ParameterInsert{Gpa{0x800'1000}, 0},
            ParameterInsert{Gpa{0x80'0000'0000}, 9},
            PageData{Gpa{0x1000}, PageDataType::Normal, false, text},
            PageData{Gpa{0x2000}, PageDataType::Normal, true, data},
            PageData{Gpa{0x3000}, PageDataType::Normal, false, std::nullopt},
            PageData{Gpa{0x4000}, PageDataType::Secrets, false, std::nullopt},
            PageData{Gpa{0x5000}, PageDataType::CpuidData, false, data},
            PageData{Gpa{0x6000}, PageDataType::CpuidXf, true, std::nullopt},
            VpContext{vmsa}};
}

std::expected<std::vector<std::byte>, Error> written(const std::vector<Directive>& directives) {
    Writer writer;
    for (const Directive& each : directives) writer.add(each);
    return writer.finish();
}
std::vector<Directive> read(Bytes file) {
    std::vector<Directive> all;
    const auto opened = File::open(file);
    EXPECT_TRUE(opened) << describe(opened.error());
    if (opened) opened->for_each([&](const Directive& each) { return all.push_back(each), true; });
    return all;
}
Error error_of(const std::vector<Directive>& directives) {
    const auto file = written(directives);
    EXPECT_FALSE(file) << "was written";
    return file ? Error{0xff} : file.error();
}

TEST(IgvmRoundTrip, has_an_example_of_every_directive) {
    std::vector<bool> seen(std::variant_size_v<Directive>);
    for (const Directive& each : everything()) seen[each.index()] = true;
    EXPECT_EQ(std::ranges::count(seen, false), 0);
}

TEST(IgvmRoundTrip, what_was_written_is_read) {
    const auto file = written(everything());
    ASSERT_TRUE(file) << describe(file.error());
    const auto before = everything(), after = read(*file);
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < before.size(); ++i)
        EXPECT_TRUE(same(before[i], after[i])) << "directive " << i;
}

TEST(IgvmRoundTrip, what_was_read_is_written_to_the_last_byte) {
    const auto file = written(everything());
    ASSERT_TRUE(file);
    EXPECT_EQ(*written(read(*file)), *file);
}

TEST(IgvmRoundTrip, each_directive_alone_beside_the_vmsa) {
    for (const Directive& each : everything()) {
        std::vector<Directive> directives;
        if (each.index() >= Directive{ParameterInsert{}}.index() &&
            each.index() <= Directive{EnvironmentInfo{}}.index())
            directives = {ParameterArea{0, page_bytes}, ParameterArea{9, 2 * page_bytes}};
        const std::size_t at = directives.size();
        directives.push_back(each);
        if (!std::holds_alternative<VpContext>(each)) directives.push_back(VpContext{vmsa});
        const auto file = written(directives);
        ASSERT_TRUE(file) << describe(file.error()) << " in directive of kind " << each.index();
        EXPECT_TRUE(same(read(*file)[at], each)) << "directive of kind " << each.index();
    }
}

TEST(IgvmWriter, puts_data_at_whole_pages_of_the_file) {
    const auto file = written(everything());
    ASSERT_TRUE(file);
    EXPECT_EQ(file->size() % page_bytes, 0u);
    for (const Directive& each : read(*file))
        if (const auto* page = std::get_if<PageData>(&each); page != nullptr && page->data)
            EXPECT_EQ(static_cast<std::size_t>(page->data->data() - file->data()) % page_bytes, 0u);
}

TEST(IgvmWriter, hands_out_in_order_all_that_a_launch_measures) {
    // A launch digest is a fold over pages (address, kind, contents) that ends with the VMSA. The walk over a
    // written file must show exactly these, nothing before its turn.
    std::vector<std::uint64_t> order;
    for (const Directive& each : read(*written(everything()))) {
        if (const auto* page = std::get_if<PageData>(&each)) order.push_back(page->gpa.value());
        if (std::holds_alternative<VpContext>(each)) order.push_back(0);
    }
    EXPECT_EQ(order, (std::vector<std::uint64_t>{0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x6000, 0}));
}

TEST(IgvmWriter, may_go_on_after_a_file) {
    Writer writer;
    EXPECT_EQ(writer.finish().error(), Error::MissingVpContext);
    writer.add(PageData{Gpa{0x1000}, PageDataType::Normal, false, text});
    writer.add(VpContext{vmsa});
    EXPECT_EQ(read(*writer.finish()).size(), 2u);
    EXPECT_EQ(*writer.finish(), *writer.finish());
}

TEST(IgvmWriterRefuses, what_the_reader_refuses) {
    const VpContext boot{vmsa};
    EXPECT_EQ(error_of({boot, boot}), Error::ManyVpContexts);
    EXPECT_EQ(error_of({boot, GuestPolicy{1}}), Error::BadOrder);
    EXPECT_EQ(error_of({PageData{Gpa{0x1008}, PageDataType::Normal, false, {}}, boot}), Error::UnalignedGpa);
    EXPECT_EQ(error_of({PageData{Gpa{0}, PageDataType{9}, false, {}}, boot}), Error::UnknownPageType);
    EXPECT_EQ(error_of({VpCount{{0, 0}}, boot}), Error::NoArea);
    EXPECT_EQ(error_of({ParameterArea{0, 4095}, boot}), Error::BadAreaSize);
    EXPECT_EQ(error_of({ParameterArea{0, page_bytes}, VpCount{{0, 4093}}, boot}), Error::OutsideArea);
}

TEST(IgvmWriterRefuses, one_parameter_area_more_than_the_reader_keeps) {
    std::vector<Directive> directives;
    for (std::uint32_t i = 0; i < max_parameter_areas; ++i)
        directives.push_back(ParameterArea{i, page_bytes});
    directives.push_back(VpContext{vmsa});
    EXPECT_TRUE(written(directives));
    directives.insert(directives.begin(), ParameterArea{99, page_bytes});
    EXPECT_EQ(error_of(directives), Error::ManyAreas);
}

TEST(IgvmWriterRefuses, pages_that_are_not_one_page) {
    const Bytes half = Bytes{text}.first(2048);
    EXPECT_EQ(error_of({PageData{Gpa{0x1000}, PageDataType::Normal, false, half}, VpContext{vmsa}}),
              Error::NotOnePage);
    EXPECT_EQ(error_of({PageData{Gpa{0x1000}, PageDataType::Normal, false, Bytes{}}, VpContext{vmsa}}),
              Error::NotOnePage);
    EXPECT_EQ(error_of({VpContext{half}}), Error::NotOnePage);
}

TEST(IgvmWriterRefuses, required_memory_that_its_field_would_cut_off) {
    const auto with = [](std::uint64_t bytes) {
        return std::vector<Directive>{RequiredMemory{{Gpa{0x1000}, Gpa{0x1000 + bytes}}}, VpContext{vmsa}};
    };
    const auto file = written(with(max_required_bytes));
    ASSERT_TRUE(file);
    EXPECT_EQ(std::get<RequiredMemory>(read(*file)[0]).range.size(), max_required_bytes);
    EXPECT_EQ(error_of(with(max_required_bytes + 1)), Error::RequiredTooLarge);
    EXPECT_EQ(error_of(with((4ull << 30) + page_bytes)), Error::RequiredTooLarge);
}

TEST(IgvmWriterRefuses, files_whose_offsets_do_not_fit) {
    const auto small = lay_out(100, 5 * page_bytes);
    ASSERT_TRUE(small);
    EXPECT_EQ(small->data_offset, page_bytes);
    EXPECT_EQ(small->total_bytes, 6 * page_bytes);
    EXPECT_TRUE(lay_out(100, max_file_bytes - page_bytes));
    EXPECT_EQ(lay_out(100, max_file_bytes - page_bytes + 1).error(), Error::FileTooLarge);
    EXPECT_EQ(lay_out(100, 4ull << 30).error(), Error::FileTooLarge);
    EXPECT_EQ(lay_out(max_file_bytes, 0).error(), Error::FileTooLarge);
}

}  // namespace
}  // namespace igvm
