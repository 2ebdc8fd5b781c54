// SPDX-License-Identifier: MIT
// Hands RAM to the guest before it runs: private, validated, with rights.
#pragma once
#include <span>

#include "abi/adyton/boot_block.hpp"
#include "abi/snp/rmp.hpp"
#include "svsm/guest/evict_lines.hpp"
#include "svsm/guest/guest_pages.hpp"
#include "svsm/result.hpp"

namespace svsm {

enum class Contents : std::uint8_t { Noise, Zero };

struct MemoryPlan {
    const RamMap& ram;                   ///< of the guest
    std::span<const GpaRange> keep_out;  ///< left alone here: loaded at launch, or built elsewhere
    bool starts_shared;                  ///< the hypervisor owns it: a page state change comes first
    abi::Vmpl vmpl;
    Contents contents;  ///< contents that the guest finds; noise is enough where pages stay (docs/adr/0027)
    HostLines lines = HostLines::Coherent;
};
/// Prepares everything in `ram` outside `keep_out`; no page of it is valid before. Zeroes the first MiB in
/// any case. PageStateChange or GuestMemory on failure.
[[nodiscard]] BootResult prepare_guest_memory(const MemoryPlan& plan, GuestPages& pages);

/// Validates one private page, fills it with `contents`, and grants it to the guest. Falls back from 2 MiB to
/// 4 KiB where the hypervisor keeps 4 KiB pages.
[[nodiscard]] BootResult accept_page(GuestPages& pages, Gpa page, PageSize size, abi::Vmpl vmpl,
                                     Contents contents, HostLines lines);

/// Gives the guest rights on pages that were loaded, validated and measured at launch.
[[nodiscard]] BootResult grant_loaded_pages(GuestPages& pages, GpaRange range, abi::Vmpl vmpl);

}  // namespace svsm
