// SPDX-License-Identifier: MIT
#include "tools/debug/walk.hpp"

#include "abi/x86/registers.hpp"
#include "paging/walk.hpp"

namespace tools::debug {
namespace {

constexpr std::uint64_t paging_enabled = 1ull << 31;

/// QEMU did not show the memory.
struct Unreadable {};

}  // namespace

std::optional<std::uint64_t> to_physical(std::uint64_t address, const PagingState& state,
                                         const ReadPhysical& read) {
    if ((state.cr0 & paging_enabled) == 0 || (state.efer & abi::Efer::lma) == 0) return address;
    const paging::Format format{.levels = (state.cr4 & abi::Cr4::la57) != 0 ? 5u : 4u,
                                .c_bit = 1ull << state.c_bit};
    const auto load = [&](std::uint64_t at) -> std::expected<paging::Entry, Unreadable> {
        const auto entry = read(at);
        if (!entry) return std::unexpected{Unreadable{}};
        return *entry;
    };
    const auto found = paging::walk(format, format.table_of(state.cr3), address, load, [](paging::Entry) {});
    if (!found || !format.is_present(found->entry)) return std::nullopt;
    return paging::target(format, *found, address);
}

}  // namespace tools::debug
