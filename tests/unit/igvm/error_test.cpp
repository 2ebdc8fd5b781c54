// SPDX-License-Identifier: MIT
// Each reason to refuse a file, and a file, or something to write, that meets it.
#include "igvm/error.hpp"

#include <string>

#include <gtest/gtest.h>

#include "igvm/limits.hpp"
#include "igvm/writer.hpp"
#include "tests/unit/igvm/image.hpp"
#include "tests/unit/reached.hpp"

namespace igvm {
namespace {

/// `describe` has a sentence for each value, and the compiler asks it for a new one.
std::string name_of(Error error) {
    const std::string sentence{describe(error)};
    return sentence == "unknown error" ? "" : sentence;
}

class IgvmReasons : public testing::Test {
protected:
    void unread(const char* scene, const std::vector<std::byte>& file, Error expected) {
        table.row(scene, File::open(file), expected);
    }
    void unread(const char* scene, const Image& image, Error expected) {
        unread(scene, image.bytes(), expected);
    }
    void unwritten(const char* scene, const Directive& directive, Error expected) {
        Writer writer;
        writer.add(directive);
        table.row(scene, writer.finish(), expected);
    }
    void read_files_of_bad_form();
    void read_images_of_bad_content();
    void read_bad_parameters();

    Reached<Error, std::string (*)(Error)> table{name_of};
};

void IgvmReasons::read_files_of_bad_form() {
    unread("no header", std::vector<std::byte>(23), Error::TooShort);
    unread("magic", sound_but([](auto& fixed) { fixed.magic ^= 1; }), Error::BadMagic);
    unread("version", sound_but([](auto& fixed) { fixed.format_version = 3; }), Error::BadVersion);
    unread("another architecture", in_version_2(sound().bytes(), 1), Error::BadArchitecture);
    unread("headers before their header", sound_but([](auto& fixed) { fixed.variable_header_offset = 16; }),
           Error::BadHeaderOffset);
    unread("another size", sound_but([](auto& fixed) { --fixed.total_file_size; }), Error::SizeMismatch);
    auto flipped = sound().bytes();
    flipped[sizeof(format::FixedHeader)] ^= std::byte{1};
    unread("a bit of the headers", flipped, Error::BadChecksum);
    unread("half a header", sound_but([](auto& fixed) { fixed.variable_header_size -= 16; }),
           Error::TruncatedHeader);
    Image image = sound();
    image.entries.push_back({0x399, std::vector<std::byte>(8)});
    unread("no such header", image, Error::UnknownType);
    unread("a policy behind a page", sound().add(Type::GuestPolicy, format::GuestPolicy{0, snp, 0}),
           Error::BadOrder);
    unread("a header that loads a table of no use here",
           sound().area(0).add(Type::Slit, format::Parameter{0, 0}), Error::UnsupportedType);
    image = sound();
    image.entries[1].payload.pop_back();
    unread("a payload that is short", image, Error::BadLength);
    unread("data behind the end", sound().page(0x2000, ~0u), Error::BadFileOffset);
}

void IgvmReasons::read_images_of_bad_content() {
    unread("half a page", sound().page(0x2008), Error::UnalignedGpa);
    unread("no platform", Image{}, Error::NoSnpPlatform);
    unread("a platform of two bits", Image{}.platform(3).vmsa(), Error::BadPlatform);
    unread("no such type of page", sound().page(0x2000, 0, 0, 4), Error::UnknownPageType);
    unread("a large page", sound().page(0x2000, 0, 1), Error::BadPageFlags);
    unread("a VMSA elsewhere", Image{}.platform().vmsa(0x1000), Error::BadVmsaGpa);
    unread("no VMSA", Image{}.platform().page(0x1000), Error::MissingVpContext);
    unread("two VMSAs", sound().vmsa(), Error::ManyVpContexts);
}

void IgvmReasons::read_bad_parameters() {
    unread("an empty area", sound().area(0, 0), Error::BadAreaSize);
    unread("an area twice", sound().area(0).area(0), Error::AreaTwice);
    unread("an area with contents",
           sound().add(Type::ParameterArea, format::ParameterArea{4096, 0, Image::data_offset}),
           Error::AreaContents);
    unread("areas beyond the limit", sound().area(0, max_parameter_bytes).area(1), Error::ManyAreas);
    unread("no such area", sound().insert(0x3000, 3), Error::NoArea);
    unread("a parameter that leaves its area",
           sound().area(0).add(Type::VpCountParameter, format::Parameter{0, 4093}), Error::OutsideArea);
}

TEST_F(IgvmReasons, each_is_met) {
    read_files_of_bad_form();
    read_images_of_bad_content();
    read_bad_parameters();
    unwritten("required memory of more than 32 bits", RequiredMemory{{Gpa{0}, Gpa{1ull << 33}}},
              Error::RequiredTooLarge);
    unwritten("half a VMSA", VpContext{Bytes{}}, Error::NotOnePage);
    table.row("more data than a file has", lay_out(100, 4ull << 30), Error::FileTooLarge);
    table.expect_all();
}

}  // namespace
}  // namespace igvm
