// SPDX-License-Identifier: MIT
#include "tools/debug/walk.hpp"

#include "abi/x86/registers.hpp"
#include "base/bits.hpp"

namespace tools::debug {
namespace {

constexpr std::uint64_t paging = 1ull << 31, present = 1, large = 1 << 7;
constexpr unsigned bits_per_level = 9, page_bits = 12;

}  // namespace

std::optional<std::uint64_t> to_physical(std::uint64_t address, const PagingState& state,
                                         const ReadPhysical& read) {
    if ((state.cr0 & paging) == 0 || (state.efer & abi::Efer::lma) == 0) return address;
    const std::uint64_t address_mask = Bits<51, 12>::mask & ~(1ull << state.c_bit);
    const unsigned top_level = (state.cr4 & abi::Cr4::la57) != 0 ? 4 : 3;
    std::uint64_t table = state.cr3 & address_mask;
    for (unsigned level = top_level;; --level) {
        const unsigned shift = page_bits + level * bits_per_level;
        const auto entry = read(table + (address >> shift & 0x1ff) * 8);
        if (!entry || (*entry & present) == 0) return std::nullopt;
        if (level == 0 || (level < 3 && (*entry & large) != 0)) {
            const std::uint64_t inside = (1ull << shift) - 1;
            return (*entry & address_mask & ~inside) | (address & inside);
        }
        table = *entry & address_mask;
    }
}

}  // namespace tools::debug
