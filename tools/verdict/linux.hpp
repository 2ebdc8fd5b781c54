// SPDX-License-Identifier: MIT
// The part of a verdict that concerns Linux only.
#pragma once
#include <string>

#include "tools/qemu/machine_channel.hpp"

namespace tools::verdict {

/// A block of the diagnosis: what Linux meant by its request to be ended, or what a stop of its vCPUs means
/// mostly. Empty for other verdicts, and for those about the SVSM below it, which has its own.
[[nodiscard]] std::string linux_block(const qemu::Verdict& verdict);

}  // namespace tools::verdict
