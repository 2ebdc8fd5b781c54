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
    // Another vCPU has replaced the caller since its call was read: the area that belongs to the new VMSA is
    // not the caller's to move.
    const auto& slot = caller.slot(level);
    if (!slot.present || slot.generation != generation) return std::unexpected{SvsmError::InvalidRequest};
    if (target == slot.calling_area) return {};
    const auto page = page_range(target, PageSize::Size4K);
    // Without these a guest could aim its calling area at the SVSM's memory or at another vCPU's VMSA and
    // have us write zeros there.
    if (!page || !guest.is_guests(*page)) return std::unexpected{SvsmError::InvalidAddress};
    if (!guest.pages.has_room_for(std::array{target})) return std::unexpected{SvsmError::Busy};

    {
        // Clears the new pending byte, and proves that the page can be reached at all before the vCPU depends
        // on it.
        const MappedPage window{machine::Window::Scratch4K, target};
        TRY_VOID(to_call_result(store_fresh_calling_area(guest, caller, level, window.va())));
    }
    // The old area stays private until this CPU's window has left it (refresh); its pending byte is cleared
    // through that window, with the answer.
    guest.move_calling_area(caller, level, target);
    return {};
}

}  // namespace svsm::core
