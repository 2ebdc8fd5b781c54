// SPDX-License-Identifier: MIT
// The reader of firmware files. An input is tried as it is, and once more as the end of a page with the table's footer
// and the metadata's magic number in place, which a mutation nearly never finds.
#include "ovmf/firmware.hpp"

#include <vector>

#include "tests/fuzz/fuzz.hpp"

namespace {

void judge(Bytes bytes) {
    const auto firmware = ovmf::Firmware::open(bytes);
    if (!firmware) {
        fuzz::expect(!ovmf::describe(firmware.error().error).empty(), "an error without a sentence");
        fuzz::expect(firmware.error().offset <= bytes.size(), "a fault outside the file");
        return;
    }
    const GpaRange window = firmware->window();
    fuzz::expect(window.size() == bytes.size() && window.end == Gpa{1ull << 32}, "a window of another size");
    const auto& sections = firmware->sections();
    for (const auto& section : sections) {
        fuzz::expect(!section.range.is_empty() && section.range.begin.is_page_aligned() &&
                         section.range.end.is_page_aligned() && section.range.end <= window.end,
                     "a section that is not whole pages below 4 GiB");
        fuzz::expect(!section.range.overlaps(window), "a section inside the window");
        for (const auto& other : sections)
            fuzz::expect(&other == &section || !other.range.overlaps(section.range), "sections overlap");
    }
    const auto checked = firmware->check_for_svsm();
    if (!checked) fuzz::expect(!ovmf::describe(checked.error().error).empty(), "an error without a sentence");
}

/// The input at the end of a page, its table and its metadata made to be found.
std::vector<std::byte> repaired(Bytes input) {
    using namespace abi::ovmf;
    std::vector<std::byte> page(page_bytes);
    const std::size_t count =
        std::min<std::size_t>(input.size(), page.size() - bytes_behind_table - sizeof(BlockEnd));
    const std::size_t footer_at = page.size() - bytes_behind_table - sizeof(BlockEnd);
    std::copy_n(input.begin(), count, page.begin() + static_cast<std::ptrdiff_t>(footer_at - count));
    // The block next to the footer is the metadata's, and names the first bytes of the input.
    const auto length = fuzz::from_input<std::uint16_t>(input);
    const BlockEnd footer{static_cast<std::uint16_t>(sizeof(BlockEnd) + length % (footer_at + 1)),
                          table_footer};
    std::memcpy(&page[footer_at], &footer, sizeof footer);
    const BlockEnd block{sizeof(BlockEnd) + 4, sev_metadata_block};
    const auto place = static_cast<std::uint32_t>(page.size() - (footer_at - count));
    std::memcpy(&page[footer_at - sizeof block], &block, sizeof block);
    std::memcpy(&page[footer_at - sizeof block - 4], &place, sizeof place);
    const auto sections =
        static_cast<std::uint32_t>(count > 16 ? std::min<std::size_t>((count - 16) / 12, 17) : 0);
    const SevMetadata head{sev_metadata_magic, static_cast<std::uint32_t>(sizeof head + 12 * sections), 1,
                           sections};
    if (count >= sizeof head) std::memcpy(&page[footer_at - count], &head, sizeof head);
    return page;
}

}  // namespace

void fuzz::one_input(Bytes input) {
    judge(input);
    judge(repaired(input));
}
