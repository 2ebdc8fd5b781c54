// SPDX-License-Identifier: MIT
// Addresses typed by their space, so that a guest-physical one is never taken for a virtual one.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>

inline constexpr std::uint64_t page_bytes = 4096;
inline constexpr std::uint64_t large_page_bytes = 2ull << 20;

enum class PageSize : std::uint32_t { Size4K = 0, Size2M = 1 };

constexpr std::uint64_t bytes_of(PageSize size) {
    return size == PageSize::Size2M ? large_page_bytes : page_bytes;
}

template <class Space>
class Address {
public:
    constexpr Address() = default;
    explicit constexpr Address(std::uint64_t value) : value_{value} {}
    [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
    [[nodiscard]] constexpr bool is_aligned(std::uint64_t to) const { return value_ % to == 0; }
    [[nodiscard]] constexpr bool is_page_aligned() const { return is_aligned(page_bytes); }
    [[nodiscard]] constexpr Address page() const { return Address{value_ & ~(page_bytes - 1)}; }
    [[nodiscard]] constexpr std::uint64_t page_offset() const { return value_ % page_bytes; }
    /// Wraps like the hardware would; use `checked_add` for a distance that a guest or host chose.
    [[nodiscard]] constexpr Address operator+(std::uint64_t bytes) const { return Address{value_ + bytes}; }
    [[nodiscard]] constexpr Address operator-(std::uint64_t bytes) const { return Address{value_ - bytes}; }
    [[nodiscard]] constexpr std::uint64_t operator-(Address other) const { return value_ - other.value_; }
    /// Empty when the sum does not fit into 64 bits.
    [[nodiscard]] constexpr std::optional<Address> checked_add(std::uint64_t bytes) const {
        if (value_ + bytes < value_) return std::nullopt;
        return Address{value_ + bytes};
    }
    friend constexpr auto operator<=>(Address, Address) = default;

private:
    std::uint64_t value_ = 0;
};

using Gpa = Address<struct GuestPhysicalSpace>;     ///< guest-physical, without the C-bit
using Va = Address<struct VirtualSpace>;            ///< virtual address of the program that runs this code
using GuestVa = Address<struct GuestVirtualSpace>;  ///< virtual address inside the guest in question
using Spa = Address<struct SystemPhysicalSpace>;    ///< physical address of the real (or QEMU's) machine

/// Half-open interval [begin, end). `make` refuses a length that would wrap; braces check nothing.
template <class A>
struct Range {
    A begin{}, end{};
    [[nodiscard]] static constexpr std::optional<Range> make(A begin, std::uint64_t bytes) {
        const auto end = begin.checked_add(bytes);
        if (!end) return std::nullopt;
        return Range{begin, *end};
    }
    [[nodiscard]] constexpr std::uint64_t size() const { return end - begin; }
    [[nodiscard]] constexpr bool is_empty() const { return begin >= end; }
    [[nodiscard]] constexpr bool contains(A a) const { return begin <= a && a < end; }
    [[nodiscard]] constexpr bool contains(Range r) const { return begin <= r.begin && r.end <= end; }
    [[nodiscard]] constexpr bool overlaps(Range r) const { return begin < r.end && r.begin < end; }
    friend constexpr bool operator==(const Range&, const Range&) = default;
};
using GpaRange = Range<Gpa>;
static_assert(!GpaRange::make(Gpa{~0ull}, 2) && GpaRange{Gpa{0}, Gpa{2}}.overlaps({Gpa{1}, Gpa{9}}));

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t to) { return (value + to - 1) / to * to; }
constexpr std::uint64_t round_down(std::uint64_t value, std::uint64_t to) { return value / to * to; }
