// SPDX-License-Identifier: MIT
// Why firmware asked to be ended, in words.
#pragma once
#include <string>
#include <string_view>

#include "tools/verdict/outcome.hpp"

namespace tools::verdict {

/// What OVMF means by a request: a part of the last line of a run. Empty for numbers that it does not give; the kernel
/// that it started may give those. [EDK2 "OvmfPkg/ResetVector/Ia32/AmdSev.asm"]
[[nodiscard]] std::string_view firmware_reason(std::uint64_t set, std::uint64_t code);

/// A block of the diagnosis: the item of the firmware configuration that was selected last. Empty when there was none.
[[nodiscard]] std::string firmware_item_block(const qemu::MachineChannel& channel);

/// A block of the diagnosis: what a firmware's end mostly means, and where to look. Empty for other verdicts, and for the
/// SVSM below it.
[[nodiscard]] std::string firmware_block(const qemu::Verdict& verdict, const Subject& subject);

}  // namespace tools::verdict
