// SPDX-License-Identifier: MIT
// Pages that the host reads and writes as well: copied in one piece, in one direction.
#pragma once
#include <cstddef>
#include <cstring>
#include <span>

#include "base/address.hpp"

namespace svsm::psp {

/// Pages of the SVSM that it has made shared, in a row.
struct SharedPages {
    std::byte* at = nullptr;
    Gpa gpa{};
};

inline void copy_to_shared(std::byte* to, std::span<const std::byte> from) {
    std::memcpy(to, from.data(), from.size());
}

/// Reads each byte once. The assembler statement claims to change all memory: the compiler cannot take the copy and the
/// original for equal any more, and read the original again in place of the copy.
inline void copy_from_shared(std::span<std::byte> to, const std::byte* from) {
    std::memcpy(to.data(), from, to.size());
    asm volatile("" : : "r"(to.data()) : "memory");
}

}  // namespace svsm::psp
