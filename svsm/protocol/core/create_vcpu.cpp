// SPDX-License-Identifier: MIT
// SVSM_CORE_CREATE_VCPU.
#include "abi/snp/vmsa.hpp"
#include "abi/x86/registers.hpp"
#include "base/result.hpp"
#include "svsm/guest/deposits.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/guest/rights.hpp"
#include "svsm/protocol/core/core.hpp"
#include "svsm/protocol/core/errors.hpp"

namespace svsm::core {
namespace {

bool is_free_guest_page(const Guest& guest, Gpa page) REQUIRES_SHARED(guest.lock) {
    const auto range = page_range(page, PageSize::Size4K);
    return range && guest.is_guests(*range);
}

/// Level at which `page` is already the calling area of `vcpu`; Vmpl0 when it is none. Linux restarts a CPU
/// with a new VMSA and the calling area that it had.
abi::Vmpl level_of_own_area(const Guest& guest, const Vcpu* vcpu, Gpa page) REQUIRES_SHARED(guest.lock) {
    const auto range = page_range(page, PageSize::Size4K);
    if (vcpu == nullptr || !range || !guest.ram.contains(*range)) return abi::Vmpl::Vmpl0;
    const auto object = guest.pages.object(page);
    const bool is_own = object.kind == ObjectKind::CallingArea && object.vcpu == vcpu->index &&
                        vcpu->slot(object.level).present && vcpu->slot(object.level).calling_area == page;
    return is_own ? object.level : abi::Vmpl::Vmpl0;
}

CallResult check_pages(const Guest& guest, const Vcpu* vcpu, const NewVcpu& wanted)
    REQUIRES_SHARED(guest.lock) {
    if (!wanted.vmsa.is_page_aligned() || !wanted.calling_area.is_page_aligned())
        return std::unexpected{SvsmError::InvalidParameter};
    // One page for both would let the guest write into its running VMSA through the calling area.
    if (wanted.vmsa == wanted.calling_area) return std::unexpected{SvsmError::InvalidAddress};
    if (!is_free_guest_page(guest, wanted.vmsa)) return std::unexpected{SvsmError::InvalidAddress};
    if (!is_free_guest_page(guest, wanted.calling_area) &&
        level_of_own_area(guest, vcpu, wanted.calling_area) == abi::Vmpl::Vmpl0)
        return std::unexpected{SvsmError::InvalidAddress};
    return {};
}

/// VMPL and CPL share a word with reserved bytes: one load reads the word.
using VmplByte = Bits<23, 16>;
static_assert(offsetof(abi::Vmsa, vmpl) == 0xca);

/// Checks the contents of a page that only VMPL0 can write now. [SVSM "SVSM_CORE_CREATE_VCPU Call"]
std::expected<abi::Vmpl, SvsmError> check_contents(const Guest& guest, abi::Vmpl creator, Va vmsa) {
    constexpr auto bad = std::unexpected{SvsmError::InvalidParameter};
    const auto vmpl_word = machine::load_u64(vmsa + (offsetof(abi::Vmsa, vmpl) - 2));
    const auto efer = machine::load_u64(vmsa + offsetof(abi::Vmsa, efer));
    const auto features = machine::load_u64(vmsa + offsetof(abi::Vmsa, sev_features));
    if (!vmpl_word || !efer || !features) return std::unexpected{SvsmError::InvalidAddress};
    const auto vmpl = VmplByte::get(*vmpl_word);
    // A VMSA of VMPL0 would be a second SVSM, written by the guest. One more privileged than its creator
    // would raise the creator's rights.
    if (vmpl >= abi::vmpl_count || vmpl < static_cast<std::uint64_t>(creator)) return bad;
    if ((*efer & abi::Efer::svme) == 0) return bad;
    // Another feature set changes what the registers in the VMSA mean (VMSA register protection, vTOM).
    if (*features != guest.sev_features) return bad;
    return static_cast<abi::Vmpl>(vmpl);
}

/// Revokes the guest's rights on the page, checks it and makes it a VMSA.
std::expected<abi::Vmpl, SvsmError> adopt_vmsa(const Guest& guest, abi::Vmpl creator, Va vmsa) {
    const auto revoked = revoke_all(vmsa, PageSize::Size4K);
    // Revoke, flush, then check: until the flush another vCPU could still write through a stale translation,
    // and change the page after the check.
    machine::flush_guests();
    TRY_VOID(to_call_result(revoked));
    const auto vmpl = TRY(check_contents(guest, creator, vmsa));
    // A new VMSA has had no exit. The CPU writes this field at each exit, so zero means "never ran".
    TRY_VOID(to_call_result(machine::store_u64(vmsa + offsetof(abi::Vmsa, guest_exit_code), 0)));
    // Linux reads SEV_FEATURES out of the page after this call, so its VMPL keeps READ.
    TRY_VOID(to_call_result(make_vmsa(vmsa, creator)));
    return vmpl;
}

/// Returns the page to its owner. If that fails too the host has taken the page: it stays dirty, and
/// PVALIDATE may try again.
void give_back(Guest& guest, abi::Vmpl creator, Gpa page, Va vmsa) REQUIRES(guest.lock) {
    // The page may have belonged to a more privileged level than the caller, which could read it with rights
    // on it. No level of the guest is more privileged than its first: a caller there gets its
    // page back unchanged.
    const bool is_wiped = creator > guest.vmpl;
    // Revoke first: the page may be partly a VMSA, and a VMSA of zeros runs at VMPL0.
    if (revoke_all(vmsa, PageSize::Size4K) && (!is_wiped || machine::zero(vmsa, page_bytes)) &&
        grant_all(vmsa, PageSize::Size4K, creator)) {
        guest.pages.change<PageState::Dirty, PageState::Guests>(page);
        return;
    }
    (void)revoke_all(vmsa, PageSize::Size4K);
    machine::flush_guests();  // of the rights that make_vmsa gave to its readers
}

}  // namespace

std::expected<Answer::Caller, SvsmError> create_vcpu(Guest& guest, Vcpu& caller, abi::Vmpl level,
                                                     const NewVcpu& wanted) {
    const ExclusiveGuard lock{guest.lock};
    auto* vcpu = guest.find_vcpu(wanted.apic_id);
    TRY_VOID(check_pages(guest, vcpu, wanted));
    const auto area_level = level_of_own_area(guest, vcpu, wanted.calling_area);
    if (vcpu == nullptr) return std::unexpected{SvsmError::InvalidParameter};
    if (!guest.pages.has_room_for(std::array{wanted.vmsa, wanted.calling_area}))
        return std::unexpected{SvsmError::Busy};
    // The vCPU's CPU ends a call by clearing the pending byte in this area. If the host ran the new VMSA at
    // once, while that CPU is stopped before its last store, this store would erase the new
    // VMSA's first call.
    if (area_level != abi::Vmpl::Vmpl0 && vcpu != &caller && !guest.stop_service(*vcpu, area_level))
        return std::unexpected{SvsmError::Busy};
    {
        const MappedPage area{machine::Window::Scratch4K, wanted.calling_area};
        TRY_VOID(to_call_result(machine::load_u8(area.va())));
    }
    abi::Vmpl vmpl;
    {
        const MappedPage page{machine::Window::Scratch4K, wanted.vmsa};
        guest.pages.change<PageState::Guests, PageState::Dirty>(wanted.vmsa);
        const auto adopted = adopt_vmsa(guest, level, page.va());
        if (!adopted) {
            give_back(guest, level, wanted.vmsa, page.va());
            return std::unexpected{adopted.error()};
        }
        vmpl = *adopted;
        // In an area shared by two levels of one vCPU, the less privileged could make calls for the other.
        if (area_level != abi::Vmpl::Vmpl0 && area_level != vmpl) {
            give_back(guest, level, wanted.vmsa, page.va());
            return std::unexpected{SvsmError::InvalidAddress};
        }
    }
    {
        // No call is pending on a vCPU that never ran. If the page has vanished since, the vCPU cannot call.
        const MappedPage area{machine::Window::Scratch4K, wanted.calling_area};
        (void)store_fresh_calling_area(guest, *vcpu, vmpl, area.va());
    }
    guest.set_vcpu(*vcpu, vmpl, wanted.vmsa, wanted.calling_area);
    const bool replaces_itself = vcpu == &caller && area_level == level;
    return replaces_itself ? Answer::Caller::Replaced : Answer::Caller::Waits;
}

}  // namespace svsm::core
