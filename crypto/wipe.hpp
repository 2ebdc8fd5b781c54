// SPDX-License-Identifier: MIT
// Secrets that have done their work do not stay in memory.
#pragma once
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>

namespace crypto {

/// Overwrites `bytes` with zeros. No compiler leaves the stores out, even where nothing reads the bytes again.
inline void wipe(std::span<std::byte> bytes) {
    if (bytes.empty()) return;  // no bytes may have no address
    std::memset(bytes.data(), 0, bytes.size());
    asm volatile("" : : "r"(bytes.data()) : "memory");
}
/// The same for a whole object.
template <class T>
requires std::is_trivially_copyable_v<T>
void wipe_object(T& object) { wipe(std::as_writable_bytes(std::span{&object, 1})); }

}  // namespace crypto
