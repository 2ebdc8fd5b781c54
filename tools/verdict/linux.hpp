// SPDX-License-Identifier: MIT
// The part of a verdict that concerns Linux only.
#pragma once
#include <string>
#include <string_view>

#include "tools/verdict/outcome.hpp"

namespace tools::verdict {

/// A block of the diagnosis: what Linux meant by its request to be ended, what a stop of its vCPUs mostly means, or
/// what its console says about its reboot. Empty for other verdicts, and for those about an SVSM below it, which has
/// a block of its own.
[[nodiscard]] std::string linux_block(const qemu::Verdict& verdict, const Subject& subject,
                                      std::string_view console);

}  // namespace tools::verdict
