// SPDX-License-Identifier: MIT
// The QEMU command line that makes the machine.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tools/run/options.hpp"

namespace tools::run {

/// Descriptors that QEMU inherits, by the numbers it finds them under.
struct QemuFds {
    static constexpr int console = 3, machine = 4, image = 5, memory = 6, counts = 7, functions = 8, gdb = 9,
                         disk = 10;
};

/// Memory of QEMU's computer in bytes: the guest's, the machine's own, the image, and what a trace needs.
[[nodiscard]] std::uint64_t qemu_memory_bytes(const Options& options, std::uint64_t image_bytes);

/// Arguments after the program's name; Threads::Auto counts as Multi; with `Options::plain_linux` those of
/// plain_arguments. Reads no global state: the same options give the same line.
[[nodiscard]] std::vector<std::string> qemu_arguments(const Options& options,
                                                      const std::filesystem::path& snpemu,
                                                      std::uint64_t image_bytes);

/// QEMU's own computer for the same kernel: memory, CPUs, console and translator as for the machine, which is
/// not there. The same CPU model too, without SVM: a guest below the SVSM does not see that either.
[[nodiscard]] std::vector<std::string> plain_arguments(const Options& options);

}  // namespace tools::run
