// SPDX-License-Identifier: MIT
// Large tables of zeros that cost what is used of them: a page of them is made when it is accessed first. They need
// no work at the start, however much memory the guest has.
#pragma once
#include <cstdint>
#include <span>

#include "base/address.hpp"

namespace snpemu::lazy {

/// Addresses for `bytes` of zeros, from a page boundary on. They are never given back. CPU 0 only, before
/// the others start.
[[nodiscard]] std::uint64_t reserve(std::uint64_t bytes);

/// `count` of T, zeroed.
template <class T>
[[nodiscard]] std::span<T> make_array(std::uint64_t count) {
    return {reinterpret_cast<T*>(reserve(count * sizeof(T))), count};
}

/// Makes the page around `at`, where a CPU has met #PF. False when `reserve` has not given it out: the fault is another
/// one. Several CPUs may call it at once, for one page too.
[[nodiscard]] bool fill(std::uint64_t at);

}  // namespace snpemu::lazy
