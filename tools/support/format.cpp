// SPDX-License-Identifier: MIT
// The one instantiation.
#include "tools/support/format.hpp"

namespace tools {

std::string format_erased(std::string_view format, std::format_args arguments) {
    return std::vformat(format, arguments);
}

}  // namespace tools
