// SPDX-License-Identifier: MIT
// `adyton report`: show and verify attestation reports.
#pragma once
#include "tools/cli/command.hpp"

namespace tools::attestation {

[[nodiscard]] cli::Command command();

}  // namespace tools::attestation
