// SPDX-License-Identifier: MIT
// The facts about an SVSM that the counter of its instructions needs.
#pragma once
#include "tools/count/request.hpp"
#include "tools/elf/file.hpp"
#include "tools/support/install.hpp"

namespace tools::count {

/// Counts the code of `svsm`; with call stacks when its symbols are known.
[[nodiscard]] Request request_for(const elf::File& svsm, const Install& install);
/// Counts everything in the upper half of the address space: an image of others tells no more.
[[nodiscard]] Request request_for_image(const Install& install);
/// Counts all programs in one sum, and no SVSM.
[[nodiscard]] Request request_for_all(const Install& install);

/// Name of the function that holds `address`, demangled and without parameters; empty when there is none.
[[nodiscard]] std::string function_name(const std::vector<elf::Symbol>& symbols, std::uint64_t address);

}  // namespace tools::count
