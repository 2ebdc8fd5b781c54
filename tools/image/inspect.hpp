// SPDX-License-Identifier: MIT
// What an IGVM file holds, ours or another's, whatever platforms it is for.
#pragma once
#include <string>

#include "base/bytes.hpp"
#include "tools/support/problem.hpp"

namespace tools::image {

/// A listing for people: every header in file order, runs of like pages on one line, headers for other platforms and
/// types that are not supported by name; then whether `adyton run` takes the file, and the boot block of our own images.
/// A problem for a file whose headers cannot be read; it says which, and where.
[[nodiscard]] Result<std::string> describe_image(Bytes file, const std::string& name);
/// The same for programs: one JSON object, in which numbers that are addresses are hexadecimal texts.
[[nodiscard]] Result<std::string> describe_image_as_json(Bytes file, const std::string& name);

}  // namespace tools::image
