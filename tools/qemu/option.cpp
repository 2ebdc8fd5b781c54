// SPDX-License-Identifier: MIT
#include "tools/qemu/option.hpp"

#include "tools/support/format.hpp"

namespace tools::qemu {

std::string part(std::string_view text) {
    std::string result;
    for (const char c : text) result += c == ',' ? ",," : std::string{c};
    return result;
}

std::string descriptor(std::string_view id, int fd) {
    return formatted("file,id={},path=/dev/fd/{}", id, fd);
}

}  // namespace tools::qemu
