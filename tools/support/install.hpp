// SPDX-License-Identifier: MIT
// Where the programs of this build lie: beside the executable, wherever that was built or copied to.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tools/support/problem.hpp"

namespace tools {

struct Install {
    std::filesystem::path bin;  ///< holds svsm.elf, snpemu.elf and guests/
    [[nodiscard]] std::filesystem::path svsm() const { return bin / "svsm.elf"; }
    [[nodiscard]] std::filesystem::path snpemu() const { return bin / "snpemu.elf"; }
    [[nodiscard]] std::filesystem::path guest(const std::string& name) const {
        return bin / "guests" / (name + ".elf");
    }
    [[nodiscard]] std::filesystem::path build() const { return bin.parent_path(); }
    /// The tree that this build was made from, as CMake remembers it.
    [[nodiscard]] Result<std::filesystem::path> source() const;
    /// Names of the guests that were built, sorted.
    [[nodiscard]] std::vector<std::string> guest_names() const;
};

[[nodiscard]] Result<Install> find_install();

}  // namespace tools
