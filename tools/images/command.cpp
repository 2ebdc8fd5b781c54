// SPDX-License-Identifier: MIT
#include "tools/images/command.hpp"

#include "tools/images/parts.hpp"

namespace tools::images {

cli::Command command() {
    return {.name = "image",
            .help = "Build, list, measure or sign IGVM images",
            .commands = {build_command(), inspect_command(), measure_command(), sign_command()}};
}

}  // namespace tools::images
