// SPDX-License-Identifier: MIT
// All of the guest's memory becomes the guest's: what was loaded with it, and the rest.
#pragma once
#include "abi/adyton/boot_block.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/result.hpp"

namespace svsm {

/// Grants the segments that `block` names, which has been checked, and prepares everything else but the boot
/// region. `starts_shared`: the hypervisor holds the memory so far. BootBlock for too many segments,
/// PageStateChange or GuestMemory when the memory cannot be had; the boot is over then.
[[nodiscard]] BootResult hand_over_memory(Guest& guest, const abi::adyton::BootBlock& block,
                                          bool starts_shared);

}  // namespace svsm
