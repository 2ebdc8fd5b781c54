// SPDX-License-Identifier: MIT
// The text files, compiled in.
#include "tools/reference/text.hpp"

namespace tools::reference {
namespace {

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
constexpr char help[] = {
#embed "help.txt"
};
constexpr char welcome[] = {
#embed "welcome.txt"
};
#pragma clang diagnostic pop

}  // namespace

std::string_view help_text() { return {help, sizeof help}; }
std::string_view welcome_text() { return {welcome, sizeof welcome}; }
std::string_view version() { return ADYTON_VERSION; }

}  // namespace tools::reference
