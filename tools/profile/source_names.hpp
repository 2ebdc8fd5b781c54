// SPDX-License-Identifier: MIT
// Addresses to functions of the source, through the debug information: llvm-symbolizer reads it for us.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tools/elf/file.hpp"

namespace tools::profile {

class SourceNames {
public:
    /// Looks all `addresses` up in one go. Without llvm-symbolizer, or debug information, each has the one
    /// name of its symbol.
    [[nodiscard]] static Result<SourceNames> look_up(const std::filesystem::path& program,
                                                     const std::vector<elf::Symbol>& symbols,
                                                     const std::set<std::uint64_t>& addresses);
    /// Outermost first; never empty.
    [[nodiscard]] const std::vector<std::string>& at(std::uint64_t address) const;

private:
    std::map<std::uint64_t, std::vector<std::string>> names_;
};

/// What llvm-symbolizer wrote for some addresses: blocks of name and place in turns, innermost first, with an
/// empty line behind each.
[[nodiscard]] std::vector<std::vector<std::string>> parse_symbolizer(std::string_view text);

}  // namespace tools::profile
