// SPDX-License-Identifier: MIT
// The memory an image loads: whole pages, in ascending order.
#pragma once
#include <cstdint>
#include <vector>

#include "abi/adyton/boot_block.hpp"
#include "abi/igvm/format.hpp"
#include "base/address.hpp"
#include "tools/elf/file.hpp"
#include "tools/support/file.hpp"

namespace tools::image {

/// What the SVSM's initial page tables allow with a page.
enum class Rights : std::uint8_t { Unmapped, Read, ReadWrite, ReadExecute };

struct Page {
    Gpa gpa;
    Buffer bytes{};  ///< one page, or empty for zeros
    abi::igvm::PageDataType type = abi::igvm::PageDataType::Normal;
};

/// The SVSM's ELF inside its region.
struct SvsmMemory {
    std::vector<Page> pages;
    std::vector<Rights> rights;  ///< one per page of the region
    std::uint64_t used_bytes;    ///< from the region's start to the end of the last segment, whole pages
};
/// `region` is where the link base ends up. Refuses segments that could be written and executed.
[[nodiscard]] Result<SvsmMemory> load_svsm(const elf::File& file, const std::string& name, GpaRange region);

/// Where guests are linked.
inline constexpr GpaRange guest_place{Gpa{abi::adyton::guest_image_begin}, Gpa{abi::adyton::guest_image_end}};

/// A guest's ELF at the addresses it was linked for, which must lie in `place`.
struct GuestMemory {
    std::vector<Page> pages;
    std::vector<GpaRange> ranges;  ///< the pages again, as few ranges as possible
};
[[nodiscard]] Result<GuestMemory> load_guest(const elf::File& file, const std::string& name,
                                             GpaRange place = guest_place);

}  // namespace tools::image
