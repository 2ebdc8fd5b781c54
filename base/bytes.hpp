// SPDX-License-Identifier: MIT
// Structures of a fixed layout as bytes: read out of untrusted bytes with their bounds checked, and written.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

using Bytes = std::span<const std::byte>;

/// The bytes of `object` as they lie in memory, padding included; they last as long as the object.
template <class T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] Bytes bytes_of_object(const T& object) { return std::as_bytes(std::span{&object, 1}); }

/// Copies a T out of `bytes` at `offset`; empty when it does not lie inside entirely.
template <class T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] std::optional<T> load(Bytes bytes, std::uint64_t offset) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

/// The `size` bytes at `offset`; empty when they do not lie inside entirely.
[[nodiscard]] inline std::optional<Bytes> slice(Bytes bytes, std::uint64_t offset, std::uint64_t size) {
    if (offset > bytes.size() || bytes.size() - offset < size) return std::nullopt;
    return bytes.subspan(offset, size);
}
