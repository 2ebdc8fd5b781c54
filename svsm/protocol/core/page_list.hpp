// SPDX-License-Identifier: MIT
// The list of pages that PVALIDATE and DEPOSIT_MEM take, copied out of guest memory once and checked there.
// [SVSM "SVSM_CORE_PVALIDATE Call"]
#pragma once
#include "abi/svsm/core.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/protocol/call.hpp"

namespace svsm::core {

/// A private copy of the entries that are not done yet.
struct PageList {
    Gpa at;
    std::uint16_t next;                      ///< first entry not done
    std::span<const std::uint64_t> entries;  ///< of the whole list; those before `next` are not copied
    [[nodiscard]] std::span<const std::uint64_t> left() const { return entries.subspan(next); }
};
/// Reads header and entries into `buffer`.
[[nodiscard]] std::expected<PageList, SvsmError> read_list(const Guest& guest, Gpa at, PageBuffer& buffer)
    REQUIRES_SHARED(guest.lock);
/// Writes `next` into the guest's list. The lock has been held since read_list. InvalidAddress when the list
/// is not writable any more: its own entries may have rescinded or deposited its page.
[[nodiscard]] CallResult write_next(const Guest& guest, const PageList& list) REQUIRES_SHARED(guest.lock);

/// Adds `done` to the list's `next` and writes it. Returns the call's result: the `failure` of the next entry
/// if there is one, else the result of write_next.
[[nodiscard]] inline CallResult close_list(const Guest& guest, PageList& list, std::size_t done,
                                           CallResult failure) REQUIRES_SHARED(guest.lock) {
    list.next += static_cast<std::uint16_t>(done);
    const auto written = write_next(guest, list);
    return failure ? written : failure;
}

}  // namespace svsm::core
