// SPDX-License-Identifier: MIT
// What has to be known about an SVSM before its instructions can be counted.
#pragma once
#include "tools/count/request.hpp"
#include "tools/elf/file.hpp"
#include "tools/support/install.hpp"

namespace tools::count {

/// Counts the code of `svsm`; with call stacks when its symbols are known.
[[nodiscard]] Request request_for(const elf::File& svsm, const Install& install);
/// Counts everything in the upper half of the address space: all that can be said about an image of others.
[[nodiscard]] Request request_for_image(const Install& install);

/// Name of the function that holds `address`, demangled and without parameters; empty when there is none.
[[nodiscard]] std::string function_name(const std::vector<elf::Symbol>& symbols, std::uint64_t address);

}  // namespace tools::count
