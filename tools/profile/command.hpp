// SPDX-License-Identifier: MIT
// `adyton profile`: where the instructions of the SVSM go.
#pragma once
#include <string>

namespace tools::profile {

/// As typed; what is empty was not given.
struct Request {
    std::string guest, cpus, vmpl, svsm, svg, qemu;
    bool boot = false;
};
[[nodiscard]] int profile_command(const Request& request);

}  // namespace tools::profile
