// SPDX-License-Identifier: MIT
// Memory that the guest deposits, and what the table of private pages takes of it. All under Guest::lock,
// alone.
#pragma once
#include <span>

#include "svsm/guest/guest.hpp"
#include "svsm/request/call.hpp"

namespace svsm {

/// `make_room` when there is too little.
[[nodiscard]] CallResult grow_for(Guest& guest, std::span<const Gpa> pages);
/// Makes sure that all of `pages` can be registered as private, growing the table by deposited pages. "More
/// memory needed" when there are too few of them; what the table grew by stays, so that asking again needs
/// less.
[[nodiscard]] inline CallResult make_room(Guest& guest, std::span<const Gpa> pages) {
    if (guest.objects.has_room_for(pages.size())) return {};
    return grow_for(guest, pages);
}

/// Makes a page that the guest can no longer reach part of the table. False when it vanished, or no more can
/// be kept.
[[nodiscard]] bool grow_table(Guest& guest, Gpa page);

/// Writes the head of a new calling area: no call pending, and on the startup vCPU whether memory is
/// available.
[[nodiscard]] std::expected<void, GuestFault> store_fresh_calling_area(const Guest& guest, const Vcpu& vcpu,
                                                                       abi::Vmpl level, Va at);

/// Says in the startup vCPU's calling area whether WITHDRAW_MEM would return pages. [SVSM
/// "SVSM_CORE_WITHDRAW_MEM Call"]
void announce_deposits(Guest& guest);

}  // namespace svsm
