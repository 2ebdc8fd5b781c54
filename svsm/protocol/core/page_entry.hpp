// SPDX-License-Identifier: MIT
// Decodes the entries of the lists that PVALIDATE and DEPOSIT_MEM take.
// [SVSM "SVSM_CORE_PVALIDATE Call", "SVSM_CORE_DEPOSIT_MEM Call"]
#pragma once
#include "abi/snp/rmp.hpp"
#include "abi/svsm/core.hpp"
#include "base/result.hpp"
#include "svsm/guest/ram_map.hpp"
#include "svsm/protocol/call.hpp"

namespace svsm::core {

/// The page of an entry, which both lists have.
struct PageEntry {
    GpaRange range;
    PageSize size;
};

/// InvalidParameter for sizes that do not exist and pages not aligned to theirs; InvalidAddress for one
/// that would wrap.
[[nodiscard]] constexpr std::expected<PageEntry, SvsmError> parse_page(std::uint64_t raw) {
    using Entry = abi::PvalidateEntry;
    const auto size = Entry::Size::get(raw);
    if (size > static_cast<std::uint64_t>(PageSize::Size2M))
        return std::unexpected{SvsmError::InvalidParameter};
    const auto page_size = static_cast<PageSize>(size);
    const Gpa page{raw & Entry::Gfn::mask};
    if (page_size == PageSize::Size2M && !page.is_aligned(large_page_bytes))
        return std::unexpected{SvsmError::InvalidParameter};
    const auto range = page_range(page, page_size);
    if (!range) return std::unexpected{SvsmError::InvalidAddress};
    return PageEntry{*range, page_size};
}

/// A private copy of an entry of PVALIDATE's list. Only this type decodes its fields.
struct PvalidateEntry {
    using Fields = abi::PvalidateEntry;
    std::uint64_t raw;

    /// Address of the page, 4 KiB or 2 MiB.
    [[nodiscard]] constexpr Gpa page() const { return Gpa{raw & Fields::Gfn::mask}; }
    /// True for a page of 4 KiB without any reserved bit set.
    [[nodiscard]] constexpr bool is_plain() const {
        static_assert(static_cast<std::uint64_t>(PageSize::Size4K) == 0);
        return (raw & (Fields::Reserved::mask | Fields::Size::mask)) == 0;
    }
    /// True for a page of 2 MiB; `parse` must have accepted the entry.
    [[nodiscard]] constexpr bool is_large() const { return Fields::Size::test(raw); }
    [[nodiscard]] constexpr abi::Validity action() const {
        return Fields::Action::test(raw) ? abi::Validity::Validate : abi::Validity::Rescind;
    }
    [[nodiscard]] constexpr bool ignores_unchanged() const { return Fields::IgnoreCf::test(raw); }
    /// As `parse_page`, and InvalidParameter for reserved bits.
    [[nodiscard]] constexpr std::expected<PageEntry, SvsmError> parse() const {
        if (Fields::Reserved::test(raw)) return std::unexpected{SvsmError::InvalidParameter};
        return parse_page(raw);
    }
};

/// As `parse_page`, and InvalidParameter for reserved bits.
[[nodiscard]] constexpr std::expected<PageEntry, SvsmError> parse_deposit_entry(std::uint64_t raw) {
    if (abi::DepositEntry::Reserved::test(raw)) return std::unexpected{SvsmError::InvalidParameter};
    return parse_page(raw);
}

}  // namespace svsm::core
