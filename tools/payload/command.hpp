// SPDX-License-Identifier: MIT
// `adyton image build` and `adyton image inspect`.
#pragma once
#include "tools/cli/command.hpp"

namespace tools::payload {

[[nodiscard]] cli::Command command();

}  // namespace tools::payload
