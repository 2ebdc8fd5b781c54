// SPDX-License-Identifier: MIT
// SVSM_CORE_REMAP_CA.
#include "abi/svsm/calling_area.hpp"
#include "base/result.hpp"
#include "svsm/protocol/core/core.hpp"
#include "svsm/protocol/core/errors.hpp"

namespace svsm::core {

CallResult remap_ca(Guest& guest, Vcpu& caller, std::uint32_t generation, Gpa target) {
    if (!target.is_page_aligned()) return std::unexpected{SvsmError::InvalidParameter};
    const ExclusiveGuard lock{guest.lock};
    // Another vCPU has replaced the caller since its call was read: the area that belongs to the new VMSA is
    // not the caller's to move, least of all if that one runs at a level above it.
    if (caller.generation.load(std::memory_order_relaxed) != generation)
        return std::unexpected{SvsmError::InvalidRequest};
    if (target == caller.calling_area) return {};
    const auto page = page_range(target, PageSize::Size4K);
    // Without these a guest could aim its calling area at the SVSM's memory or at another vCPU's VMSA and
    // have us write zeros there.
    if (!page || !guest.ram.contains(*page) || guest.objects.conflicts(*page))
        return std::unexpected{SvsmError::InvalidAddress};
    if (!guest.objects.has_room(1)) return std::unexpected{SvsmError::Busy};

    // Clears the new pending byte, and proves that the page can be reached at all before the vCPU depends on
    // it.
    const auto window = machine::map_window(machine::Window::Scratch4K, target);
    TRY_VOID(to_call_result(machine::zero(window, sizeof(abi::CallingArea))));

    // The old area stays private until this CPU's window has left it (refresh); its pending byte is cleared
    // through that window, with the answer.
    guest.objects.add(target, ObjectKind::CallingArea, caller.index);
    caller.calling_area = target;
    caller.generation.fetch_add(1, std::memory_order_release);
    return {};
}

}  // namespace svsm::core
