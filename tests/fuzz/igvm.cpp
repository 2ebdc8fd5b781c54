// SPDX-License-Identifier: MIT
// The IGVM reader of the machine and of `adyton image inspect`. An input is tried as it is, and once more
// with the header that a mutation nearly always breaks repaired: magic, length and checksum.
#include "igvm/reader.hpp"

#include <vector>

#include "igvm/fixed_header.hpp"
#include "igvm/writer.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace igvm;

void expect_inside(Bytes part, Bytes whole, std::size_t bytes) {
    fuzz::expect(part.size() == bytes, "a directive's data has the wrong size");
    fuzz::expect(part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size(),
                 "a directive's data lies outside the file");
}

/// An accepted file says the same after it has gone through the writer: the two agree on every limit.
void write_again(const File& file) {
    Writer writer;
    std::size_t directives = 0;
    file.for_each([&](const Directive& directive) { return writer.add(directive), ++directives, true; });
    const auto again = writer.finish();
    fuzz::expect(again.has_value(), "the writer refuses what the reader accepted");
    const auto opened = File::open(*again);
    fuzz::expect(opened.has_value(), "the reader refuses what the writer wrote");
    Writer third;
    opened->for_each([&](const Directive& directive) { return third.add(directive), --directives, true; });
    fuzz::expect(directives == 0, "a directive was lost on the way");
    fuzz::expect(third.finish() == again, "a file changes when it is written again");
}

void walk(Bytes bytes) {
    const auto file = File::open(bytes);
    if (!file) {
        fuzz::expect(!describe(file.error()).empty(), "an error without a sentence");
        return;
    }
    unsigned contexts = 0;
    file->for_each([&](const Directive& directive) {
        if (const auto* page = std::get_if<PageData>(&directive)) {
            fuzz::expect(page->gpa.is_page_aligned(), "page data at a misaligned address");
            if (page->data) expect_inside(*page->data, bytes, page_bytes);
        } else if (const auto* context = std::get_if<VpContext>(&directive)) {
            expect_inside(context->vmsa, bytes, page_bytes);
            ++contexts;
        } else if (const auto* memory = std::get_if<RequiredMemory>(&directive)) {
            fuzz::expect(memory->range.begin <= memory->range.end, "required memory wraps");
        }
        return true;
    });
    fuzz::expect(contexts == 1, "an accepted file has exactly one boot processor");
    write_again(*file);
}

void repair(std::vector<std::byte>& bytes) {
    if (bytes.size() < sizeof(abi::igvm::FixedHeader)) return;
    auto header = fuzz::from_input<abi::igvm::FixedHeader>(bytes);
    header.magic = abi::igvm::magic;
    if (header.format_version != abi::igvm::format_version_2)
        header.format_version = abi::igvm::format_version_1;
    header.total_file_size = static_cast<std::uint32_t>(bytes.size());
    const auto headers = slice(bytes, header.variable_header_offset, header.variable_header_size);
    if (headers) header.checksum = checksum_of(header, tail_of(header, bytes), *headers);
    std::memcpy(bytes.data(), &header, sizeof header);
}

}  // namespace

void fuzz::one_input(Bytes input) {
    walk(input);
    std::vector<std::byte> repaired{input.begin(), input.end()};
    repair(repaired);
    walk(repaired);
}
