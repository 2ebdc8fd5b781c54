// SPDX-License-Identifier: MIT
// Sizes the table of the guest's pages, by the guest's memory and by the space left in the SVSM's region.
#include <algorithm>
#include <span>

#include "svsm/boot/steps/steps.hpp"
#include "svsm/log.hpp"

namespace svsm {
namespace {

/// Bytes that a table for all of the guest's memory takes: states, and the directory of objects.
std::uint64_t bytes_for_pages(const RamBlocks& blocks) {
    return std::uint64_t{blocks.count()} * (sizeof(BlockStates) + sizeof(Region*));
}

/// Logs that the region is too small for the states of the guest's pages, and how large it must be.
BootResult say_what_is_needed(const mm::Memory& memory, const Guest& guest, GpaRange region,
                              std::uint64_t bytes) {
    const auto used = region.size() - memory.pages.free_pages() * page_bytes;
    log("the region needs {} KiB for {} MiB of guest memory; it has {}",
        (used + round_up(bytes, page_bytes)) >> 10, guest.ram.bytes() >> 20, region.size() >> 10);
    return std::unexpected{Termination::OutOfMemory};
}

}  // namespace

BootResult build_page_table(mm::Memory& memory, Guest& guest, GpaRange region) {
    const BootGuard alone{guest.lock};
    RamMap memory_of_guest = guest.ram;
    if (!memory_of_guest.add(guest.window)) return std::unexpected{Termination::BootBlock};
    const RamBlocks blocks{memory_of_guest};
    constexpr std::uint64_t objects_at_launch = 1;  // the first calling area
    const auto least = bytes_for_pages(blocks) + objects_at_launch * sizeof(Region) + 3 * page_bytes;
    if (memory.pages.free_pages() * page_bytes < least)
        return say_what_is_needed(memory, guest, region, least);
    const auto states = TRY(memory.make_array<BlockStates>(blocks.count()));
    const auto directory = TRY(memory.make_array<Region*>(blocks.count()));
    const auto affordable = memory.pages.free_pages() / 2 * page_bytes / sizeof(Region);
    const auto wanted = std::uint64_t{blocks.count()}, count = std::min(wanted, affordable);
    if (count < objects_at_launch) return std::unexpected{Termination::OutOfMemory};
    guest.pages.start(region, blocks, states, directory, TRY(memory.make_array<Region>(count)));
    if (count < wanted)
        log("private pages: table for {} of {} MiB", count * (large_page_bytes >> 20),
            wanted * (large_page_bytes >> 20));
    return {};
}

}  // namespace svsm
