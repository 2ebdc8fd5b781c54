// SPDX-License-Identifier: MIT
// The kind of payload that is a program: a guest of this build, or an ELF file of the user's.
#pragma once
#include <filesystem>
#include <string>

#include "tools/payload/loaded.hpp"
#include "tools/support/install.hpp"
#include "tools/support/problem.hpp"

namespace tools::payload {

/// The file that `guest` names. A plain word is a guest of this build first; anything else, and an unknown
/// word, is a path. A problem when there is neither.
[[nodiscard]] Result<std::filesystem::path> locate(const std::string& guest, const Install& install);

/// Its name without folder and ending. A problem: `program` is no static x86-64 program, or is not linked
/// where guests lie.
[[nodiscard]] Result<Loaded> load_elf(Buffer program, const std::filesystem::path& path);

}  // namespace tools::payload
