// SPDX-License-Identifier: MIT
// Text for the driver and for people. The other levels and vCPUs put theirs where VMPL0 finds it after the rule.
#pragma once
#include <string_view>

namespace rules::console {

void write(std::string_view text);
/// What others have left, printed by VMPL0 of the boot vCPU.
void flush();

}  // namespace rules::console
