// SPDX-License-Identifier: MIT
// Quotes words for pasting, whatever the folders are called.
#pragma once
#include <string>
#include <string_view>

namespace tools {

/// `text` as one word of a POSIX shell: as it is when it has harmless characters only, else in single quotes.
[[nodiscard]] std::string shell_word(std::string_view text);

/// `text` as one word of gdb's command line, which splits at blanks and takes the character behind a
/// backslash as it is. [GDB "gdb_buildargv"]
[[nodiscard]] std::string gdb_word(std::string_view text);

}  // namespace tools
