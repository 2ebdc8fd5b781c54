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
    const auto object = guest.objects.at(page);
    if (object.kind != ObjectKind::Vmsa || page == guest.startup_vmsa) return bad;
    // The level was read when nobody could write the page any more. Without this a lower level could take the
    // ground from under one above it.
    if (object.level < level) return bad;
    return object;
}

/// The page loses the VMSA attribute and goes to VMPL 1 up to `level`. RMPADJUST alone knows whether a CPU
/// runs it: nothing has changed then.
CallResult retire(Gpa page, abi::Vmpl level) {
    const MappedPage vmsa{machine::Window::Scratch4K, page};
    // Stopped first, or the host could begin to run it between our question and the answer. If it runs
    // already the guard may not hold it; RMPADJUST says so.
    SvmeGuard stopped{vmsa.va()};
    TRY_VOID(to_call_result(revoke_all(vmsa.va(), PageSize::Size4K)));
    stopped.forget();
    return to_call_result(grant_all(vmsa.va(), PageSize::Size4K, level));
}

}  // namespace

CallResult delete_vcpu(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa vmsa) {
    const ExclusiveGuard lock{guest.lock};
    const auto object = TRY(find_vmsa(guest, level, vmsa));
    auto& owner = guest.vcpus[object.vcpu];
    // Its CPU would go on writing the answer into a page that is the guest's, or somebody else's by then.
    if (&owner != &caller && !Guest::stop_service(owner, object.level))
        return std::unexpected{SvsmError::FailInUse};
    const auto retired = retire(vmsa, level);
    // Rights were reduced: those that the page's readers had are gone before it is anything else.
    machine::flush_guests();
    TRY_VOID(retired);
    guest.remove_vmsa(owner, object.level, vmsa);
    return {};
}

}  // namespace svsm::core
