// SPDX-License-Identifier: MIT
// A verdict of the machine that is no result of the guest, as a sentence.
#pragma once
#include <string>
#include <string_view>

#include "tools/qemu/session.hpp"

namespace tools::verdict {

/// "CPU 2 at VMPL1".
[[nodiscard]] std::string place(const qemu::Verdict& verdict);

/// Why the machine stopped: "a triple fault on CPU 2 at VMPL1".
[[nodiscard]] std::string stop_sentence(const qemu::Verdict& verdict);

/// Why no machine came to be, and what to do; empty when one did. `qemu_cpu` is the model that QEMU was given.
[[nodiscard]] std::string why_no_machine(const qemu::Verdict& verdict, std::string_view qemu_cpu);

}  // namespace tools::verdict
