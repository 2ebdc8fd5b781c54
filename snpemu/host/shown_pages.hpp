// SPDX-License-Identifier: MIT
// Maps system pages at guest addresses: the host's decision, in the tables that CPUs and devices walk.
// [APM2 "Nested Paging"]
#pragma once
#include "snpemu/host/machine.hpp"

namespace snpemu {

/// Maps `system` at `page`: CPUs lose the translation that they had, and devices reach the new page if it is
/// the hypervisor's. RMP entries and contents stay. The caller calls `invalidate_remote` once it has released
/// `rmp_lock`. `page` is RAM and `system` a page of the RMP.
void show_page(Machine& machine, Gpa page, Spa system) REQUIRES(machine.page_state_lock, machine.rmp_lock);

/// A device never reaches the place of firmware, shared or not: on a PC that is a ROM.
[[nodiscard]] inline bool devices_may_reach(const Machine& machine, GpaRange range) {
    return !range.overlaps(machine.firmware_window);
}

/// Devices reach, at `page`, the hypervisor's page that the host maps there, if they may.
void show_to_devices(Machine& machine, Gpa page, PageSize size) REQUIRES(machine.rmp_lock);

/// The page at `gpa` for an access by the host, settled; null when it is no RAM or belongs to the guest.
[[nodiscard]] std::byte* find_shared(Machine& machine, Gpa gpa) REQUIRES(machine.rmp_lock);

}  // namespace snpemu
