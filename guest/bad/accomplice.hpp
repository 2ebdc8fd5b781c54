// SPDX-License-Identifier: MIT
// Requests to a hypervisor that conspires with this guest, and reads of pages that it may have exchanged.
#pragma once
#include "abi/adyton/conspiracy.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/ghcb.hpp"
#include "guest/lib/svsm.hpp"
#include "guest/lib/vcpu.hpp"

namespace guest {

using abi::adyton::ConspiracyAsk;

/// False: it refused, or does not conspire (`--adversary` names none, or another).
[[nodiscard]] inline bool ask(ConspiracyAsk what, Gpa page) {
    using abi::adyton::ConspiracyMsr;
    return ghcb::exchange_msr(ConspiracyMsr::make(what, page)) ==
           ConspiracyMsr::make(ConspiracyAsk::Done, page);
}

/// PVALIDATE of one small page, through the list in the calling area: the SVSM's answer.
[[nodiscard]] inline svsm::Result change_validity(Gpa page, abi::Validity action) {
    auto& list = svsm::calling_area_list();
    list.header = {.entries = 1};
    list.entries[0] = svsm::pvalidate_entry(page, PageSize::Size4K, action);
    return svsm::pvalidate(gpa_of(&list));
}
[[nodiscard]] inline bool is_error(const svsm::Result& answer, abi::SvsmError error) {
    return !answer && answer.error() == error;
}

/// How many quadwords of the page could be read, and how many of them are `value`.
struct Seen {
    unsigned readable = 0, equal = 0;
};
[[nodiscard]] inline Seen look_for(std::uint64_t value, Gpa page) {
    Seen seen;
    for (std::uint64_t offset = 0; offset < page_bytes; offset += sizeof value) {
        std::uint64_t found = 0;
        if (probe_read(Va{page.value() + offset}, found)) continue;
        ++seen.readable;
        seen.equal += found == value ? 1 : 0;
    }
    return seen;
}
[[nodiscard]] inline bool holds_only(std::uint64_t value, Gpa page) {
    return look_for(value, page).equal == page_bytes / sizeof value;
}

}  // namespace guest
