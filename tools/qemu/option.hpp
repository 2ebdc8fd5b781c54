// SPDX-License-Identifier: MIT
// Options of QEMU's command line: a name, and a value that may have parts.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tools::qemu {

using Option = std::pair<const char*, std::string>;
using Options = std::vector<Option>;

/// `text` as a part of a value: QEMU ends a part at a comma, and takes two for one that belongs to it. Blanks
/// are nothing special.
[[nodiscard]] std::string part(std::string_view text);

/// A character device that is an inherited descriptor.
[[nodiscard]] std::string descriptor(std::string_view id, int fd);

}  // namespace tools::qemu
