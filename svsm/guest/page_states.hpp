// SPDX-License-Identifier: MIT
// What a page of the guest is to the SVSM. SNP protects a guest only if nobody validates one address twice:
// whoever does gives the host two valid system pages, between which it switches at any instruction of ours.
// Silicon does not keep the promise, the software that validates has to; so it remembers, in its own memory,
// for all RAM. [APM2 "Page Validation"] docs/page-states.md has the picture, and a test compares its table
// with the one below.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "abi/snp/rmp.hpp"
#include "base/address.hpp"

namespace svsm {

enum class PageState : std::uint8_t {
    NotValidated,  ///< no system page is valid at this address, as far as we are concerned
    Dirty,         ///< one is, and nobody below VMPL0 was given it: it may hold anything, secrets of ours too
    Guests,        ///< one is, and it holds nothing but what the guest put there
    Vmsa,
    CallingArea,
    Deposited,  ///< the guest's gift, not used; WITHDRAW_MEM gives it back
};
inline constexpr std::size_t page_state_count = 6;

inline constexpr std::array<std::string_view, page_state_count> page_state_names{
    "not validated", "dirty", "the guest's", "VMSA", "calling area", "deposited"};

/// One way from a state to another. There are no others.
struct PageArrow {
    PageState from, to;
    std::string_view when;
};
/// The more restrictive state is written before the instruction that needs it, the freer one after it: a
/// fault in between leaves a page that grants nothing and of which no right is forgotten.
inline constexpr std::array page_arrows{
    PageArrow{PageState::NotValidated, PageState::Dirty, "before PVALIDATE makes it valid"},
    PageArrow{PageState::NotValidated, PageState::Guests, "loaded, measured and granted at the launch"},
    PageArrow{PageState::Dirty, PageState::NotValidated, "PVALIDATE did nothing, or rescinded it (CF = 0)"},
    PageArrow{PageState::Dirty, PageState::Guests, "zeroed and granted; or given back as it was"},
    PageArrow{PageState::Dirty, PageState::Vmsa, "judged, and RMPADJUST made it one"},
    PageArrow{PageState::Dirty, PageState::Deposited, "every right was revoked"},
    PageArrow{PageState::Guests, PageState::Dirty, "before its rights are revoked"},
    PageArrow{PageState::Guests, PageState::CallingArea, "a vCPU calls through it"},
    PageArrow{PageState::CallingArea, PageState::Guests, "no window shows it any more"},
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

// Not checked for addresses that wrap: every index is within its map by its own arithmetic, and these run for
// each page of a list.
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)

/// The states of 2 MiB, two bits a page. Which kind of object a page is stands in the table of objects.
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

    /// The one function that changes a state. A caller that is wrong about the state it finds would act on
    /// what it did not look at: that is the end.
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
    /// already. One look at one bit: it is the first thing that happens to every page of a list.
    [[nodiscard]] bool begin_validation(std::uint64_t index) {
        static_assert(is_arrow(PageState::NotValidated, PageState::Dirty));
        const auto mask = mask_of(index);
        auto& valid = word(valid_, index);
        if ((valid & mask) != 0) [[unlikely]]
            return false;
        valid |= mask;
        return true;
    }
    /// Dirty to Guests, for a page whose validation the caller began itself.
    void end_validation(std::uint64_t index) {
        static_assert(is_arrow(PageState::Dirty, PageState::Guests));
        word(granted_, index) |= mask_of(index);
    }

    /// Every page is in `state` (of the objects only as one).
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
