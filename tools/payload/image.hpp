// SPDX-License-Identifier: MIT
// The payload that is an image already.
#pragma once
#include <filesystem>

#include "tools/payload/payload.hpp"

namespace tools::payload {

/// True for a file that begins as an IGVM image does.
[[nodiscard]] bool is_igvm(Bytes bytes);
/// The same, or a file that says so by its name.
[[nodiscard]] bool is_image(Bytes bytes, const std::filesystem::path& path);

/// Kind, VMPL and C-bit are those of the image's boot block, when it has one of ours. A problem: no usable
/// image, or options that are fixed when an image is built.
[[nodiscard]] Result<Payload> take_image(Buffer bytes, const std::filesystem::path& path, const Build& build);

}  // namespace tools::payload
