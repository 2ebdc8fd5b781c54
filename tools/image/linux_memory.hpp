// SPDX-License-Identifier: MIT
// The memory of a Linux kernel at VMPL0. Below an SVSM the SVSM validates it and writes the map; here the launch does.
#pragma once
#include "tools/image/image.hpp"

namespace tools::image {

/// Most memory that one can have: the machine has what is more above 4 GiB, at a place that the builder cannot know.
inline constexpr std::uint64_t most_linux_memory = 2ull << 30;

/// Adds a page of zeros wherever the RAM of `memory` bytes has none yet, but for the boot region, and finishes the boot
/// parameters: the memory map, and where the ACPI tables are. A problem: more memory than `most_linux_memory`, or
/// boot parameters that are no page of the guest.
[[nodiscard]] Result<void> finish_linux(LoadedGuest& guest, std::uint64_t memory);

}  // namespace tools::image
