// SPDX-License-Identifier: MIT
// What the host asks of the AMD-SP for an image: the guest's policy, and the type of each page.
// [SNP-ABI "SNP_LAUNCH_START", "SNP_LAUNCH_UPDATE"]
#pragma once
#include <cstdint>

#include "igvm/reader.hpp"
#include "snpemu/psp/launch.hpp"

namespace snpemu {

/// The policy that the image names, else that of QEMU's loader.
[[nodiscard]] std::uint64_t policy_of(const igvm::File& file);
[[nodiscard]] psp::PageType type_of(const igvm::PageData& page);
/// The ID block of the image as LAUNCH_FINISH takes it, with the image's policy; null: it has none. In static memory, one
/// at a time.
[[nodiscard]] const psp::IdBlockRequest* id_block_of(const igvm::File& file);

}  // namespace snpemu
