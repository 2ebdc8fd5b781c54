// SPDX-License-Identifier: MIT
// `adyton image build` and `adyton image inspect`.
#pragma once
#include <string>

#include "tools/support/problem.hpp"

namespace tools::image {

/// As typed; what is empty was not given.
struct BuildRequest {
    std::string guest = "demo", output, vmpl, c_bit, svsm, svsm_size, memory, sev_features;
    bool no_page_swap = false;
};
[[nodiscard]] int build_command(const BuildRequest& request);
[[nodiscard]] int inspect_command(const std::string& path);

}  // namespace tools::image
