// SPDX-License-Identifier: MIT
#include "paging/format.hpp"

namespace paging {
namespace {

/// The PAT bit of a large leaf is bit 12; a 4 KiB entry has it at bit 7, which means "large" in
/// the other levels.
constexpr Entry pat_of_large = 1 << 12, pat_of_small = 1 << 7;
static_assert(pat_of_small == abi::Pte::large);

Entry bits_below(Entry bits, unsigned level) {
    if (level > 2) return bits;
    const bool has_pat = (bits & pat_of_large) != 0;
    return (bits & ~(abi::Pte::large | pat_of_large)) | (has_pat ? pat_of_small : 0);
}

}  // namespace

void split(const Format& format, Entry leaf, unsigned level, Table table) {
    const std::uint64_t page = format.page_of(leaf, level);
    const Entry bits = bits_below(leaf & ~page, level);
    for (std::uint64_t i = 0; i < table.size(); ++i) table[i] = (page + i * bytes_at(level - 1)) | bits;
}

}  // namespace paging
