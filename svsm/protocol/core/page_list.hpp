// SPDX-License-Identifier: MIT
// The list of pages that PVALIDATE and DEPOSIT_MEM take, copied out of guest memory once and checked there.
// [SVSM "SVSM_CORE_PVALIDATE Call"]
#pragma once
#include "abi/svsm/core.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/protocol/call.hpp"

namespace svsm::core {

/// Where the guest may have a list or an area to be filled: in its memory, in nothing private, except in a
/// calling area behind the bytes that are ours.
[[nodiscard]] bool may_hold_list(const Guest& guest, Gpa at) REQUIRES_SHARED(guest.lock);

/// A private copy of the entries that are left to do.
struct PageList {
    Gpa at;
    std::uint16_t next;                      ///< first entry not done
    std::span<const std::uint64_t> entries;  ///< of the whole list; those before `next` are not filled in
    [[nodiscard]] std::span<const std::uint64_t> left() const { return entries.subspan(next); }
};
/// Reads header and entries into `buffer`.
[[nodiscard]] std::expected<PageList, SvsmError> read_list(const Guest& guest, Gpa at, PageBuffer& buffer)
    REQUIRES_SHARED(guest.lock);
/// Tells the guest how far we came. Without a moment of the lock being free since read_list. InvalidAddress
/// when the list cannot be written any more: by the list's own doing, its page may be gone, or ours.
[[nodiscard]] CallResult write_next(const Guest& guest, const PageList& list) REQUIRES_SHARED(guest.lock);

/// Of the entries that were left `done` are done: the guest is told. The call's result: `failure` of the
/// entry behind them, if there is one, which outweighs that of write_next.
[[nodiscard]] inline CallResult close_list(const Guest& guest, PageList& list, std::size_t done,
                                           CallResult failure) REQUIRES_SHARED(guest.lock) {
    list.next += static_cast<std::uint16_t>(done);
    const auto written = write_next(guest, list);
    return failure ? written : failure;
}

}  // namespace svsm::core
