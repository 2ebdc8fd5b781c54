// SPDX-License-Identifier: MIT
// Recognises images of our own builder by the boot block in them.
#pragma once
#include <optional>

#include "abi/adyton/boot_block.hpp"
#include "igvm/reader.hpp"

namespace tools::image {

/// The boot block of an image; empty for other people's images.
[[nodiscard]] std::optional<abi::adyton::BootBlock> find_boot_block(const igvm::File& file);

}  // namespace tools::image
