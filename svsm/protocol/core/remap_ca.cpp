// SPDX-License-Identifier: MIT
// SVSM_CORE_REMAP_CA.
#include "abi/svsm/calling_area.hpp"
#include "base/result.hpp"
#include "svsm/guest/deposits.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/protocol/core/core.hpp"
#include "svsm/protocol/core/errors.hpp"

namespace svsm::core {

CallResult remap_ca(Guest& guest, Vcpu& caller, abi::Vmpl level, std::uint64_t generation, Gpa target) {
    if (!target.is_page_aligned()) return std::unexpected{SvsmError::InvalidParameter};
    const ExclusiveGuard lock{guest.lock};
    // Another vCPU may have replaced the caller since the SVSM read the call: the caller may not move the new
    // VMSA's calling area.
    auto& slot = caller.slot(level);
    if (!slot.present || slot.generation != generation) return std::unexpected{SvsmError::InvalidRequest};
    if (target == slot.calling_area) return {};
    const auto page = page_range(target, PageSize::Size4K);
    // Without these checks a guest could aim its calling area at the SVSM's memory or at another vCPU's VMSA,
    // and the SVSM would write zeros there.
    if (!page || !guest.is_guests(*page)) return std::unexpected{SvsmError::InvalidAddress};
    if (!guest.pages.has_room_for(std::array{target})) return std::unexpected{SvsmError::Busy};

    {
        // Clears the new pending byte, and proves that the page is accessible before the vCPU depends on it.
        const MappedPage window{machine::Window::Scratch4K, target};
        TRY_VOID(to_call_result(store_fresh_calling_area(guest, caller, level, window.va())));
    }
    // The old area stays private until this CPU has unmapped it (refresh); the answer clears its pending byte
    // through that window.
    guest.move_calling_area(caller, level, slot, target);
    return {};
}

}  // namespace svsm::core
