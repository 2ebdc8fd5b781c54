// SPDX-License-Identifier: MIT
// The QEMU command line that makes the machine.
#pragma once
#include <string>
#include <vector>

#include "tools/qemu/spec.hpp"

namespace tools::qemu {

/// Descriptors that QEMU inherits, by the numbers it finds them under. `kernel`, `initrd` and `firmware` are
/// those of PlainLinux.
struct Fds {
    static constexpr int console = 3, machine = 4, image = 5, memory = 6, counts = 7, functions = 8, gdb = 9,
                         disk = 10, out_disk = 11, kernel = image, initrd = disk,
                         config = 12,  ///< the first of as many as there are files of the configuration
                         firmware = config;
};

/// Arguments after the program's name. Reads no global state: the same specification gives the same line. The
/// computer of PlainLinux has memory, CPUs, console and translator of the machine, which is not there, and
/// the same CPU model without SVM: a guest below the SVSM does not see that either.
[[nodiscard]] std::vector<std::string> arguments(const Spec& spec);

}  // namespace tools::qemu
