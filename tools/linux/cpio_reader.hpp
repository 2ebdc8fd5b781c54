// SPDX-License-Identifier: MIT
// Reads an archive of the form newc that a guest wrote: each byte of it is a stranger's.
#pragma once
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "tools/support/problem.hpp"

namespace tools::linux_boot {

/// A file of an archive. The contents are bytes of the archive, which has to stay.
struct ArchivedFile {
    std::string name;
    Bytes contents;
};

inline constexpr std::size_t max_archived_files = 64, max_archived_name = 64;

/// Its files, in their order; what lies behind the archive's end is not looked at. A problem, for the first entry that
/// has one of these, named by its place in the archive or by its name: there is no archive; it ends within an entry or
/// has no end; a number that is none; a name that is no plain file name of letters, digits, '.', '-' and '_' (none
/// begins with a dot or a dash, so none leads out of a folder or hides in it); an entry that is no regular file; a name
/// that comes twice; too many files.
[[nodiscard]] Result<std::vector<ArchivedFile>> read_archive(Bytes archive);

}  // namespace tools::linux_boot
