// SPDX-License-Identifier: MIT
// The memory of QEMU's computer: how much, and what it is made of.
#pragma once
#include <cstdint>
#include <string>

#include "tools/qemu/spec.hpp"

namespace tools::qemu {

inline constexpr std::uint64_t mebibyte = 1 << 20;

/// Memory of QEMU's computer in bytes: that of the guest, of the machine, of the image and of a trace.
[[nodiscard]] std::uint64_t memory_bytes(const Spec& spec);

/// The -object that is so many bytes of memory: whole MiB.
[[nodiscard]] std::string memory_backend(const SnpMachine& machine, std::uint64_t bytes);

}  // namespace tools::qemu
