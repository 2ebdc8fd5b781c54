// SPDX-License-Identifier: MIT
// The list that PVALIDATE takes, copied out of guest memory once and checked there. [SVSM
// "SVSM_CORE_PVALIDATE Call"]
#pragma once
#include "abi/svsm/core.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/request/call.hpp"

namespace svsm::core {

/// One entry, understood.
struct PvalidateEntry {
    GpaRange range;
    PageSize size;
    abi::Validity action;
    bool ignore_unchanged;
};
/// InvalidParameter for reserved bits, sizes and alignment; InvalidAddress for a page that would wrap.
[[nodiscard]] std::expected<PvalidateEntry, SvsmError> parse_entry(std::uint64_t raw);

/// A private copy of the entries that are left to do.
struct PvalidateList {
    Gpa at;
    std::uint16_t next;                      ///< first entry not done
    std::span<const std::uint64_t> entries;  ///< of the whole list; those before `next` are not filled in
    [[nodiscard]] bool is_done() const { return next == entries.size(); }
};
/// Reads header and entries through the scratch window into `buffer`. Under Guest::lock.
[[nodiscard]] std::expected<PvalidateList, SvsmError> read_list(const Guest& guest, Gpa at,
                                                                PageBuffer& buffer);
/// Tells the guest how far we came. Under the same lock as read_list.
[[nodiscard]] CallResult write_next(const PvalidateList& list);

}  // namespace svsm::core
