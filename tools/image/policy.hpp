// SPDX-License-Identifier: MIT
// The guest policy of an image by name, and what every image has in common, with an SVSM or without.
#pragma once
#include <cstdint>
#include <string>

#include "abi/snp/policy.hpp"
#include "base/address.hpp"
#include "tools/support/problem.hpp"

namespace tools::image {

/// SMT allowed, the reserved bit that must be one, no debugging.
inline constexpr std::uint64_t default_policy = abi::GuestPolicy::Smt::mask | abi::GuestPolicy::One::mask;

/// The policy that `text` asks for, names separated by commas: "no-smt,abi=1.55". A problem for a name that is none, and
/// for a bit that an image of ours cannot do with; the sentence says why.
[[nodiscard]] Result<std::uint64_t> parse_policy(const std::string& text);
/// How `policy` differs from the default, in the words of `parse_policy` and separated by ", ". Bits without a word are
/// shown in hexadecimal.
[[nodiscard]] std::string policy_names(std::uint64_t policy);
/// The names that `parse_policy` takes, for a help text.
[[nodiscard]] std::string policy_words();

/// QEMU has ROM below this range, and none in it. It takes consecutive pages as one piece of memory and refuses a piece
/// that begins in its ROM (C0000h..DFFFFh) and ends behind it, where it has none and would add some. So these pages come
/// before all others.
inline constexpr GpaRange upper_roms{Gpa{0xe'0000}, Gpa{0x10'0000}};

[[nodiscard]] inline Result<void> check_c_bit(unsigned c_bit) {
    if (c_bit < 32 || c_bit > 51) return problem("C-bit {} is not possible; choose 32 to 51", c_bit);
    return {};
}

}  // namespace tools::image
