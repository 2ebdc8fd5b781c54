// SPDX-License-Identifier: MIT
#include "svsm/launch/hand_over.hpp"

#include <tuple>

#include "base/fixed_vector.hpp"
#include "base/result.hpp"
#include "svsm/launch/boot_region.hpp"
#include "svsm/launch/memory_map.hpp"
#include "svsm/launch/prepare_memory.hpp"
#include "svsm/log.hpp"

namespace svsm {

BootResult hand_over_memory(Guest& guest, const abi::adyton::BootBlock& block, bool starts_shared) {
    const BootGuard alone{guest.lock};
    FixedVector<GpaRange, std::tuple_size_v<decltype(block.guest_segments)> + 1> keep_out;
    bool fits = keep_out.push_back(boot_region);
    for (std::size_t i = 0; i < block.guest_segment_count; ++i) {
        const auto segment = segment_range(block.guest_segments[i]);
        TRY_VOID(grant_loaded_pages(guest.pages, segment, guest.vmpl));
        fits = fits && keep_out.push_back(segment);
    }
    if (!fits) return std::unexpected{Termination::BootBlock};
    const bool pages_stay = block.page_moves == abi::adyton::PageMoves::Forbidden;
    TRY_VOID(prepare_guest_memory({.ram = guest.ram,
                                   .keep_out = {keep_out.begin(), keep_out.size()},
                                   .starts_shared = starts_shared,
                                   .vmpl = guest.vmpl,
                                   .contents = pages_stay ? Contents::Noise : Contents::Zero,
                                   .lines = guest.lines},
                                  guest.pages));
    log("guest memory: {} MiB", guest.ram.bytes() >> 20);
    return {};
}

}  // namespace svsm
