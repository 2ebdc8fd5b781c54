// SPDX-License-Identifier: MIT
// SVSM_CORE_DELETE_VCPU.
#include <optional>

#include "base/masked_index.hpp"
#include "base/result.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/guest/rights.hpp"
#include "svsm/guest/svme_guard.hpp"
#include "svsm/protocol/core/core.hpp"
#include "svsm/protocol/core/errors.hpp"

namespace svsm::core {
namespace {

/// The VMSA in this page, if the caller may delete it.
std::expected<Object, SvsmError> find_vmsa(const Guest& guest, abi::Vmpl level, Gpa page)
    REQUIRES_SHARED(guest.lock) {
    constexpr auto bad = std::unexpected{SvsmError::InvalidParameter};
    if (!page.is_page_aligned()) return bad;
    const auto object = guest.pages.object(page);
    if (object.kind != ObjectKind::Vmsa || page == guest.startup_vmsa) return bad;
    // CREATE_VCPU recorded the level when only VMPL0 could write the page. Without this check a level could
    // delete the VMSA of a more privileged one.
    if (object.level < level) return bad;
    return object;
}

/// How many times this CPU checks whether the vCPU's CPU is still in service. A CPU that the host woke
/// without a call leaves service after a hundred instructions. One that serves a call takes longer, and then
/// the VMSA is in use.
constexpr unsigned most_looks = 200;

/// True when the CPU of `owner` is serving a call of the VMSA, or checking for one.
bool is_in_service(const Vcpu& owner, const Object& object, const Vcpu& caller) {
    return &owner != &caller && owner.in_service.load(std::memory_order_seq_cst) == object.level;
}

/// Grants the page of a deleted VMSA to VMPL1 up to `level`. If that fails the host has taken the page: it
/// stays dirty, and PVALIDATE may try again. The page must not become a VMSA again without checks: other
/// software may have written it.
void give(Guest& guest, Gpa page, Va va, abi::Vmpl level) REQUIRES(guest.lock) {
    if (revoke_all(va, PageSize::Size4K) && grant_all(va, PageSize::Size4K, level)) {
        clear_svme(va);
        guest.pages.change<PageState::Dirty, PageState::Guests>(page);
        return;
    }
    (void)revoke_all(va, PageSize::Size4K);
}

/// One attempt, under the exclusive lock. Empty when the vCPU's CPU is in service, which may end soon.
std::optional<CallResult> try_delete(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa vmsa) {
    const ExclusiveGuard lock{guest.lock};
    const auto object = find_vmsa(guest, level, vmsa);
    if (!object) return std::unexpected{object.error()};
    auto& owner = guest.vcpus[masked_index(object->vcpu, guest.vcpus.size())];
    // A guest can repeat this call without end. So nothing changes, and no CPU is made to remap, before all
    // checks have passed.
    if (is_in_service(owner, *object, caller)) return std::nullopt;
    const MappedPage page{machine::Window::Scratch4K, vmsa};
    // Only RMPADJUST can tell whether a CPU runs the VMSA.
    if (const auto unused = check_not_running(page.va()); !unused) return to_call_result(unused);
    // Otherwise the vCPU's CPU would write its answer into a page that belongs to the guest, or
    // to another object.
    if (&owner != &caller && !guest.stop_service(owner, object->level)) return std::nullopt;
    // RMPADJUST comes first. It refuses a VMSA that runs; once it succeeds, VMRUN refuses the page, whatever
    // SVME is. A store to a running VMSA would not fail. It would wait, with the lock held, until the host
    // stops that CPU, and then change a live vCPU.
    if (const auto ended = end_vmsa(page.va()); !ended) return to_call_result(ended);
    guest.remove_vmsa(owner, object->level, vmsa);
    give(guest, vmsa, page.va(), level);
    // end_vmsa has revoked the readers' rights: flush before the page becomes anything else.
    machine::flush_guests();
    return CallResult{};
}

}  // namespace

CallResult delete_vcpu(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa vmsa) {
    for (unsigned looks = 0; looks < most_looks; ++looks) {
        if (const auto done = try_delete(guest, caller, level, vmsa)) return *done;
        machine::pause();  // without the lock, which that CPU may be waiting for
    }
    return std::unexpected{SvsmError::FailInUse};
}

}  // namespace svsm::core
