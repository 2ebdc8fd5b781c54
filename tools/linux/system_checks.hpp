// SPDX-License-Identifier: MIT
// The checks of a whole system, as a disk that it finds beside its own.
#pragma once
#include <string>
#include <string_view>

#include "tools/support/file.hpp"

namespace tools::linux_boot {

/// The disk's serial number, by which the system knows it (tools/system/customize.sh).
inline constexpr std::string_view checks_serial = "adyton-checks";

/// A shell script and zeros up to whole sectors. `vmpl` and `cpus` are what it is to find.
[[nodiscard]] Buffer system_checks(unsigned vmpl, unsigned cpus);

/// The first words of the lines of a list, separated by blanks. A problem: a unit's name with no reason behind it.
[[nodiscard]] Result<std::string> listed_units(std::string_view list);
/// The list in the tree: units that may fail.
[[nodiscard]] std::string_view failed_units_list();

}  // namespace tools::linux_boot
