// SPDX-License-Identifier: MIT
// What a disk tells its kernel of the computer's clock. A kernel behind firmware cannot measure it: reading a port takes
// longer than its measurement allows for.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "tools/support/file.hpp"
#include "tools/support/problem.hpp"

namespace tools::system {

/// The words on a disk that is made. To a kernel 0 is no frequency. Their place has room for every number, so that it can be
/// filled in without a look at the file systems around it.
inline constexpr std::string_view clock_words = "tsc=reliable tsc_early_khz=0         ";

/// A copy of the raw image `disk`, in a file without a name beside it, in which those words say `khz`. They are looked for in
/// the first 128 MiB, where EFI partitions lie. A problem: `disk` cannot be read, or its folder takes no copy.
[[nodiscard]] Result<Descriptor> copy_with_clock(const std::filesystem::path& disk, std::uint64_t khz);

}  // namespace tools::system
