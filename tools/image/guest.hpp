// SPDX-License-Identifier: MIT
// A guest as the image carries it: pages, and what the boot block says about them.
#pragma once
#include <optional>
#include <vector>

#include "abi/adyton/boot_block.hpp"
#include "abi/ovmf/metadata.hpp"
#include "tools/image/memory.hpp"

namespace tools::image {

/// Ready for the image; `memory.ranges` become the boot block's segments.
struct LoadedGuest {
    GuestMemory memory;
    std::uint64_t entry = 0;
    abi::adyton::GuestKind kind = abi::adyton::GuestKind::Elf;
    Gpa boot_params{};          ///< Linux only
    GpaRange acpi{};            ///< Linux only
    std::optional<Gpa> madt{};  ///< a page that the host fills: its list of CPUs
    GpaRange window{};          ///< Firmware only: where its file is
    std::vector<abi::ovmf::SevSection> sections{};  ///< Firmware only, in the order of the file
};

}  // namespace tools::image
