// SPDX-License-Identifier: MIT
// What the hardened standard library calls when a std::variant is valueless: an invalid opcode, like
// its other checks.
#include <__verbose_abort>

_LIBCPP_BEGIN_NAMESPACE_STD
[[noreturn]] void __libcpp_verbose_abort(const char*, ...) { __builtin_trap(); }
_LIBCPP_END_NAMESPACE_STD
