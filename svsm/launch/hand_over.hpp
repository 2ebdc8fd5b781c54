// SPDX-License-Identifier: MIT
// Gives the guest all of its memory: what was loaded with it, and the rest.
#pragma once
#include "abi/adyton/boot_block.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/result.hpp"

namespace svsm {

/// Grants the segments that the checked `block` names, and prepares all other memory but the boot region.
/// `starts_shared`: the hypervisor owns the memory so far. BootBlock for too many segments; PageStateChange
/// or GuestMemory when the host withholds memory. An error ends the boot.
[[nodiscard]] BootResult hand_over_memory(Guest& guest, const abi::adyton::BootBlock& block,
                                          bool starts_shared);

}  // namespace svsm
