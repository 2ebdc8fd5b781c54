// SPDX-License-Identifier: MIT
// SVSM_CORE_DELETE_VCPU.
#include "base/result.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/guest/rights.hpp"
#include "svsm/protocol/core/core.hpp"
#include "svsm/protocol/core/errors.hpp"
#include "svsm/request/svme_guard.hpp"

namespace svsm::core {
namespace {

/// The VMSA that a page is, if the caller may delete it.
std::expected<Object, SvsmError> find_vmsa(const Guest& guest, abi::Vmpl level, Gpa page) {
    constexpr auto bad = std::unexpected{SvsmError::InvalidParameter};
    if (!page.is_page_aligned()) return bad;
    const auto object = guest.pages.object(page);
    if (object.kind != ObjectKind::Vmsa || page == guest.startup_vmsa) return bad;
    // The level was read when nobody could write the page any more. Without this a lower level could take the
    // ground from under one above it.
    if (object.level < level) return bad;
    return object;
}

/// Refuses a VMSA that is in use, before anything changes and before its CPU is told to look again: a guest
/// can ask this for ever. RMPADJUST alone knows whether a CPU runs it.
CallResult check_unused(const Vcpu& owner, const Object& object, const Vcpu& caller, Va vmsa) {
    const bool is_in_service =
        &owner != &caller && owner.in_service.load(std::memory_order_seq_cst) == object.level;
    if (is_in_service) return std::unexpected{SvsmError::FailInUse};
    return to_call_result(check_not_running(vmsa));
}

/// The page loses the VMSA attribute and goes to VMPL 1 up to `level`; a VMSA as before on every error.
CallResult retire(Va vmsa, abi::Vmpl level) {
    // RMPADJUST comes first. It refuses a VMSA that runs, and from then on VMRUN refuses the page, whatever
    // its SVME says. A store to a VMSA that runs would not fail but wait, with the lock held, until the host
    // takes its CPU out of the guest - and then hit a vCPU that is alive.
    auto retired = to_call_result(revoke_all(vmsa, PageSize::Size4K));
    if (retired) retired = to_call_result(grant_all(vmsa, PageSize::Size4K, level));
    if (!retired) {
        // Refused half way: somebody else works on this RMP entry, or the host took the page.
        (void)make_vmsa(vmsa, level);
        return retired;
    }
    clear_svme(vmsa);
    return {};
}

}  // namespace

CallResult delete_vcpu(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa vmsa) {
    const ExclusiveGuard lock{guest.lock};
    const auto object = TRY(find_vmsa(guest, level, vmsa));
    auto& owner = guest.vcpus[object.vcpu];
    const MappedPage page{machine::Window::Scratch4K, vmsa};
    TRY_VOID(check_unused(owner, object, caller, page.va()));
    // Its CPU would go on writing the answer into a page that is the guest's, or somebody else's by then.
    if (&owner != &caller && !Guest::stop_service(owner, object.level))
        return std::unexpected{SvsmError::FailInUse};
    const auto retired = retire(page.va(), level);
    // Rights were reduced: those that the page's readers had are gone before it is anything else.
    machine::flush_guests();
    TRY_VOID(retired);
    guest.remove_vmsa(owner, object.level, vmsa);
    return {};
}

}  // namespace svsm::core
