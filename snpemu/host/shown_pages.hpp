// SPDX-License-Identifier: MIT
// Which system page is behind a page of the guest: what the host decides, carried to the tables that CPUs and
// devices walk. [APM2 "Nested Paging"]
#pragma once
#include "snpemu/host/machine.hpp"

namespace snpemu {

/// From now on `system` is behind `page`: CPUs lose what they saw there, devices see the new page if it is
/// the hypervisor's. Entries of the RMP keep what they say, and contents stay. The caller
/// calls `invalidate_remote` once it has released `rmp_lock`. `page` is RAM and `system` a page of the RMP.
void show_page(Machine& machine, Gpa page, Spa system) REQUIRES(machine.page_state_lock, machine.rmp_lock);

/// Devices meet in the page at `page`, the hypervisor's now, whatever the host shows there.
void show_to_devices(Machine& machine, Gpa page, PageSize size) REQUIRES(machine.rmp_lock);

/// The page at `gpa` as the host may touch it, settled; null when it is not RAM or the guest's.
[[nodiscard]] std::byte* find_shared(Machine& machine, Gpa gpa) REQUIRES(machine.rmp_lock);

}  // namespace snpemu
