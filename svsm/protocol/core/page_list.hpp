// SPDX-License-Identifier: MIT
// The list of pages that PVALIDATE and DEPOSIT_MEM take, copied out of guest memory once and checked there.
// [SVSM "SVSM_CORE_PVALIDATE Call"]
#pragma once
#include "abi/svsm/core.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/protocol/call.hpp"
#include "svsm/protocol/core/work_budget.hpp"

namespace svsm::core {

/// Where the guest may have a list or an area to be filled: in its memory, in nothing private, except in a
/// calling area behind the bytes that are ours.
[[nodiscard]] bool may_hold_list(const Guest& guest, Gpa at);

/// A private copy of the entries that are left to do.
struct PageList {
    Gpa at;
    std::uint16_t next;                      ///< first entry not done
    std::span<const std::uint64_t> entries;  ///< of the whole list; those before `next` are not filled in
    [[nodiscard]] bool is_done() const { return next == entries.size(); }
};
/// Reads header and entries into `buffer`. Under Guest::lock.
[[nodiscard]] std::expected<PageList, SvsmError> read_list(const Guest& guest, Gpa at, PageBuffer& buffer);
/// Tells the guest how far we came. Under the same lock as read_list. InvalidAddress when the list cannot be
/// written any more: by the list's own doing, its page may be gone, or ours.
[[nodiscard]] CallResult write_next(const Guest& guest, const PageList& list);

/// Applies `apply(entry)` (a CallResult) to each entry that is left, until one fails; tells the guest how far
/// that was. An error of an entry outweighs a list that cannot be written any more. Not checked for an
/// address that wraps, once for each entry: read_list has seen that the span lies in its buffer.
template <class Apply>
[[nodiscard]] [[clang::no_sanitize("pointer-overflow")]] CallResult work_off(const Guest& guest,
                                                                             PageList& list, Apply apply) {
    CallResult result;
    const auto todo = list.entries.subspan(list.next);
    auto at = todo.begin();
    for (; at != todo.end(); ++at) {
        result = apply(*at);
        if (!result) [[unlikely]]
            break;
    }
    list.next += static_cast<std::uint16_t>(at - todo.begin());
    const auto written = write_next(guest, list);
    return result ? written : result;
}

}  // namespace svsm::core
