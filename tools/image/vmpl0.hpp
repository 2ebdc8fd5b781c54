// SPDX-License-Identifier: MIT
// Builds the image of a guest at VMPL0: there is no SVSM, so the builder itself makes the boot region in which a guest
// finds what it needs (docs/guest-abi.md).
#pragma once
#include "tools/image/image.hpp"

namespace tools::image {

/// The image; the same options and guest give the same bytes. Of the options count C-bit, SEV_FEATURES and whether pages
/// stay. What the image does not load belongs to the hypervisor at the first instruction. A problem: options out of
/// range, a guest that needs an SVSM to start it.
[[nodiscard]] Result<Buffer> build_vmpl0_image(const Options& options, LoadedGuest guest);

}  // namespace tools::image
