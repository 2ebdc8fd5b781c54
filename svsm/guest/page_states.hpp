// SPDX-License-Identifier: MIT
// The state of a guest page, as the SVSM sees it. SNP protects a guest only if software never validates one
// address twice: a second validation gives the host two valid system pages, which it can exchange at any
// instruction. Silicon does not enforce this, so the validating software must: the SVSM records the state of
// all RAM in its own memory. [APM2 "Page Validation"] docs/page-states.md has the picture, and a test
// compares its table with the one below.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "abi/snp/rmp.hpp"
#include "base/address.hpp"

namespace svsm {

enum class PageState : std::uint8_t {
    NotValidated,  ///< the SVSM has validated no system page at this address
    Dirty,         ///< one is valid, and no level below VMPL0 has rights on it: it may hold anything, the
                   ///< SVSM's secrets too
    Guests,        ///< one is valid, and it holds only what the guest wrote
    Vmsa,
    CallingArea,
    Deposited,  ///< deposited by the guest and unused; WITHDRAW_MEM returns it
};
inline constexpr std::size_t page_state_count = 6;

inline constexpr std::array<std::string_view, page_state_count> page_state_names{
    "not validated", "dirty", "the guest's", "VMSA", "calling area", "deposited"};

/// One transition from a state to another. No other transitions exist.
struct PageArrow {
    PageState from, to;
    std::string_view when;
};
/// The SVSM writes the more restrictive state before the instruction, the less restrictive one after it. A
/// fault in between leaves a page without new rights, and no existing right is forgotten.
inline constexpr std::array page_arrows{
    PageArrow{PageState::NotValidated, PageState::Dirty, "before PVALIDATE makes it valid"},
    PageArrow{PageState::NotValidated, PageState::Guests, "loaded, measured and granted at the launch"},
    PageArrow{PageState::Dirty, PageState::NotValidated, "PVALIDATE did nothing, or rescinded it (CF = 0)"},
    PageArrow{PageState::Dirty, PageState::Guests, "zeroed and granted; or given back as it was"},
    PageArrow{PageState::Dirty, PageState::Vmsa, "judged, and RMPADJUST made it one"},
    PageArrow{PageState::Dirty, PageState::Deposited, "every right was revoked"},
    PageArrow{PageState::Guests, PageState::Dirty, "before its rights are revoked"},
    PageArrow{PageState::Guests, PageState::CallingArea, "a vCPU calls through it"},
    PageArrow{PageState::CallingArea, PageState::Guests, "no window maps it any more"},
    PageArrow{PageState::Vmsa, PageState::Dirty, "RMPADJUST made it an ordinary page"},
    PageArrow{PageState::Deposited, PageState::Dirty, "withdrawn, before it is zeroed"},
};
[[nodiscard]] constexpr bool is_arrow(PageState from, PageState to) {
    return std::ranges::any_of(page_arrows, [=](const PageArrow& a) { return a.from == from && a.to == to; });
}

inline constexpr std::uint64_t pages_per_block = large_page_bytes / page_bytes;
/// Number of a page within its 2 MiB.
[[nodiscard]] constexpr std::uint64_t index_in_block(Gpa page) {
    return page.value() / page_bytes % pages_per_block;
}

// The check for wrapping addresses is off here: the arithmetic keeps every index within its map, and these
// functions run for each page of a list.
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)

/// The states of 2 MiB, two bits a page. The table of objects has the kind of an object.
///
///   valid  granted
///     0       0      not validated
///     1       0      dirty
///     1       1      the guest's
///     0       1      VMSA, calling area or deposited
class BlockStates {
public:
    /// `VMSA` stands for all three kinds of objects.
    [[nodiscard]] PageState at(std::uint64_t index) const {
        constexpr std::array states{PageState::NotValidated, PageState::Dirty, PageState::Vmsa,
                                    PageState::Guests};
        return states[(bit(valid_, index) ? 1u : 0u) | (bit(granted_, index) ? 2u : 0u)];
    }

    template <PageState state>
    [[nodiscard]] bool is(std::uint64_t index) const {
        return bit(valid_, index) == is_valid(state) && bit(granted_, index) == is_granted(state);
    }

    /// The one function that changes a state. Traps when the page is not in `from`: the caller's checks were
    /// about another state.
    template <PageState from, PageState to>
    void change(std::uint64_t index) {
        static_assert(is_arrow(from, to), "there is no such way");
        const auto mask = mask_of(index);
        auto &valid = word(valid_, index), &granted = word(granted_, index);
        if (!is<from>(index)) [[unlikely]]
            __builtin_trap();
        if constexpr (is_valid(from) != is_valid(to)) valid ^= mask;
        if constexpr (is_granted(from) != is_granted(to)) granted ^= mask;
    }
    /// NotValidated to Dirty, for a page that is no object; false, and nothing has changed, when it was valid
    /// already. Tests one bit, because it runs first for every page of a list.
    [[nodiscard]] bool begin_validation(std::uint64_t index) {
        static_assert(is_arrow(PageState::NotValidated, PageState::Dirty));
        const auto mask = mask_of(index);
        auto& valid = word(valid_, index);
        if ((valid & mask) != 0) [[unlikely]]
            return false;
        valid |= mask;
        return true;
    }
    /// Dirty to Guests, for a page whose validation the same caller began.
    void end_validation(std::uint64_t index) {
        static_assert(is_arrow(PageState::Dirty, PageState::Guests));
        word(granted_, index) |= mask_of(index);
    }

    /// True when every page is in `state`; all kinds of objects count as one state.
    template <PageState state>
    [[nodiscard]] bool are_all() const {
        constexpr auto valid = all(is_valid(state)), granted = all(is_granted(state));
        std::uint64_t difference = 0;
#pragma clang loop unroll(full)
        for (std::size_t i = 0; i < words; ++i) difference |= (valid_[i] ^ valid) | (granted_[i] ^ granted);
        return difference == 0;
    }
    /// `begin_validation` and `end_validation` of all 512 pages, none of which is an object.
    [[nodiscard]] bool begin_validation_of_all() {
        std::uint64_t any = 0;
#pragma clang loop unroll(full)
        for (const auto each : valid_) any |= each;
        if (any != 0) return false;
        fill(valid_, ~0ull);
        return true;
    }
    void end_validation_of_all() { fill(granted_, ~0ull); }
    /// The same change for all 512 pages, which must be in `from`.
    template <PageState from, PageState to>
    void change_all() {
        static_assert(is_arrow(from, to), "there is no such way");
        if (!are_all<from>()) [[unlikely]]
            __builtin_trap();
        if constexpr (is_valid(from) != is_valid(to)) fill(valid_, all(is_valid(to)));
        if constexpr (is_granted(from) != is_granted(to)) fill(granted_, all(is_granted(to)));
    }

private:
    static constexpr std::size_t words = pages_per_block / 64;
    using Bitmap = std::uint64_t[words];

    static constexpr bool is_valid(PageState state) {
        return state == PageState::Dirty || state == PageState::Guests;
    }
    static constexpr bool is_granted(PageState state) {
        return state != PageState::NotValidated && state != PageState::Dirty;
    }
    static constexpr std::uint64_t all(bool set) { return set ? ~0ull : 0; }
    static constexpr std::uint64_t mask_of(std::uint64_t index) { return std::uint64_t{1} << index % 64; }
    static bool bit(const Bitmap& map, std::uint64_t index) {
        return (map[index / 64 % words] >> index % 64 & 1) != 0;
    }
    static std::uint64_t& word(Bitmap& map, std::uint64_t index) { return map[index / 64 % words]; }
    static void fill(Bitmap& map, std::uint64_t value) {
#pragma clang loop unroll(full)
        for (auto& each : map) each = value;
    }

    Bitmap valid_{}, granted_{};
};
#pragma clang attribute pop
static_assert(sizeof(BlockStates) * 16384 == large_page_bytes, "two bits a page");

}  // namespace svsm
