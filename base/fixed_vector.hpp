// SPDX-License-Identifier: MIT
// A vector whose storage is part of the object: no allocator.
#pragma once
#include <array>
#include <cstddef>

template <class T, std::size_t Capacity>
class FixedVector {
public:
    /// False when full; nothing has changed then.
    [[nodiscard]] constexpr bool push_back(const T& value) {
        if (size_ == Capacity) return false;
        items_[size_++] = value;
        return true;
    }
    constexpr void pop_back() { --size_; }
    constexpr void clear() { size_ = 0; }
    [[nodiscard]] static constexpr std::size_t capacity() { return Capacity; }
    [[nodiscard]] constexpr std::size_t size() const { return size_; }
    [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
    /// Index is checked by the hardened array beneath.
    constexpr T& operator[](std::size_t i) { return items_[i]; }
    constexpr const T& operator[](std::size_t i) const { return items_[i]; }
    constexpr T* begin() { return items_.data(); }
    constexpr T* end() { return items_.data() + size_; }
    constexpr const T* begin() const { return items_.data(); }
    constexpr const T* end() const { return items_.data() + size_; }

private:
    std::array<T, Capacity> items_{};
    std::size_t size_ = 0;
};
