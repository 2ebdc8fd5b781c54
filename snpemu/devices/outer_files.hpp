// SPDX-License-Identifier: MIT
// Files that adyton(1) gives to QEMU's own firmware configuration for the machine: it reads them where they lie. They
// are named opt/adyton/NAME. No guest reaches these ports. [QEMU "fw_cfg"]
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/host/firmware_config.hpp"

namespace snpemu::outer_files {

/// The file opt/adyton/`name`; of 0 bytes when there is none.
[[nodiscard]] model::host::OuterFile find(std::string_view name);

/// Copies a part of it. One CPU at a time.
void fetch(std::uint16_t number, std::uint64_t offset, std::span<std::byte> to);

}  // namespace snpemu::outer_files
