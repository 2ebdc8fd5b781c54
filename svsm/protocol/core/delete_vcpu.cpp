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

/// The VMSA that a page is, if the caller may delete it.
std::expected<Object, SvsmError> find_vmsa(const Guest& guest, abi::Vmpl level, Gpa page)
    REQUIRES_SHARED(guest.lock) {
    constexpr auto bad = std::unexpected{SvsmError::InvalidParameter};
    if (!page.is_page_aligned()) return bad;
    const auto object = guest.pages.object(page);
    if (object.kind != ObjectKind::Vmsa || page == guest.startup_vmsa) return bad;
    // The level was read when nobody could write the page any more. Without this a lower level could take the
    // ground from under one above it.
    if (object.level < level) return bad;
    return object;
}

/// How often a CPU that works for the vCPU is looked at again. One that the host woke for nothing looks for a
/// call and finds none, in a hundred instructions; one that serves a call takes longer, and then the VMSA is
/// in use.
constexpr unsigned most_looks = 200;

/// The CPU of `owner` is working on a call of the VMSA, or looking for one.
bool is_in_service(const Vcpu& owner, const Object& object, const Vcpu& caller) {
    return &owner != &caller && owner.in_service.load(std::memory_order_seq_cst) == object.level;
}

/// What is left of a VMSA goes to VMPL 1 up to `level`. A page that cannot be given was taken by the host: it
/// stays dirty, and PVALIDATE may try again. It must never pass for a VMSA once more: somebody may have been
/// able to write it.
void give(Guest& guest, Gpa page, Va va, abi::Vmpl level) REQUIRES(guest.lock) {
    if (revoke_all(va, PageSize::Size4K) && grant_all(va, PageSize::Size4K, level)) {
        clear_svme(va);
        guest.pages.change<PageState::Dirty, PageState::Guests>(page);
        return;
    }
    (void)revoke_all(va, PageSize::Size4K);
}

/// One attempt, alone in the tables. Empty when the vCPU's CPU is at work, and may soon not be.
std::optional<CallResult> try_delete(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa vmsa) {
    const ExclusiveGuard lock{guest.lock};
    const auto object = find_vmsa(guest, level, vmsa);
    if (!object) return std::unexpected{object.error()};
    auto& owner = guest.vcpus[masked_index(object->vcpu, guest.vcpus.size())];
    // A guest can ask this for ever: nothing changes, and no CPU is told to look again, before all is known.
    if (is_in_service(owner, *object, caller)) return std::nullopt;
    const MappedPage page{machine::Window::Scratch4K, vmsa};
    // RMPADJUST alone knows whether a CPU runs it.
    if (const auto unused = check_not_running(page.va()); !unused) return to_call_result(unused);
    // Its CPU would go on writing the answer into a page that is the guest's, or somebody else's by then.
    if (&owner != &caller && !guest.stop_service(owner, object->level)) return std::nullopt;
    // RMPADJUST comes first. It refuses a VMSA that runs, and from then on VMRUN refuses the page, whatever
    // its SVME says. A store to a VMSA that runs would not fail but wait, with the lock held, until the host
    // takes its CPU out of the guest - and then hit a vCPU that is alive.
    if (const auto ended = end_vmsa(page.va()); !ended) return to_call_result(ended);
    guest.remove_vmsa(owner, object->level, vmsa);
    give(guest, vmsa, page.va(), level);
    // Rights were reduced: those that the page's readers had are gone before it is anything else.
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
