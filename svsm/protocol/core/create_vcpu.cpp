// SPDX-License-Identifier: MIT
// SVSM_CORE_CREATE_VCPU.
#include "abi/snp/vmsa.hpp"
#include "abi/svsm/calling_area.hpp"
#include "abi/x86/registers.hpp"
#include "base/result.hpp"
#include "svsm/guest/rights.hpp"
#include "svsm/protocol/core/core.hpp"
#include "svsm/protocol/core/errors.hpp"

namespace svsm::core {
namespace {

/// Page of the guest that nothing private overlaps.
bool is_free_guest_page(const Guest& guest, Gpa page) {
    const auto range = page_range(page, PageSize::Size4K);
    return range && guest.ram.contains(*range) && !guest.objects.conflicts(*range);
}

CallResult check_pages(Guest& guest, const NewVcpu& wanted) {
    if (!wanted.vmsa.is_page_aligned() || !wanted.calling_area.is_page_aligned())
        return std::unexpected{SvsmError::InvalidParameter};
    // One page for both would let the guest write into its running VMSA through the calling area.
    if (wanted.vmsa == wanted.calling_area) return std::unexpected{SvsmError::InvalidAddress};
    if (!is_free_guest_page(guest, wanted.vmsa) || !is_free_guest_page(guest, wanted.calling_area))
        return std::unexpected{SvsmError::InvalidAddress};
    return {};
}

constexpr std::uint64_t call_pending = offsetof(abi::CallingArea, call_pending);

/// VMPL and CPL share a word with reserved bytes, so the word is read and taken apart.
using VmplByte = Bits<23, 16>;
static_assert(offsetof(abi::Vmsa, vmpl) == 0xca);

/// Judges a page that nobody but us can write any more. [SVSM "SVSM_CORE_CREATE_VCPU Call"]
std::expected<abi::Vmpl, SvsmError> check_contents(const Guest& guest, abi::Vmpl creator, Va vmsa) {
    constexpr auto bad = std::unexpected{SvsmError::InvalidParameter};
    const auto vmpl_word = machine::load_u64(vmsa + (offsetof(abi::Vmsa, vmpl) - 2));
    const auto efer = machine::load_u64(vmsa + offsetof(abi::Vmsa, efer));
    const auto features = machine::load_u64(vmsa + offsetof(abi::Vmsa, sev_features));
    if (!vmpl_word || !efer || !features) return std::unexpected{SvsmError::InvalidAddress};
    const auto vmpl = VmplByte::get(*vmpl_word);
    // VMPL 0 would be a second SVSM, written by the guest; one above its creator's would be the creator's
    // superior.
    if (vmpl >= abi::vmpl_count || vmpl < static_cast<std::uint64_t>(creator)) return bad;
    if ((*efer & abi::Efer::svme) == 0) return bad;
    // Another feature set changes what the registers in the VMSA mean (VMSA register protection, vTOM).
    if (*features != guest.sev_features) return bad;
    return static_cast<abi::Vmpl>(vmpl);
}

/// Judges the page and makes it a VMSA.
std::expected<abi::Vmpl, SvsmError> adopt_vmsa(const Guest& guest, abi::Vmpl creator, Va vmsa) {
    const auto vmpl = TRY(check_contents(guest, creator, vmsa));
    // Linux reads SEV_FEATURES out of the page after this call, so its VMPL keeps READ.
    TRY_VOID(to_call_result(make_vmsa(vmsa, creator)));
    return vmpl;
}

}  // namespace

CallResult create_vcpu(Guest& guest, abi::Vmpl level, const NewVcpu& wanted) {
    const ExclusiveGuard lock{guest.lock};
    TRY_VOID(check_pages(guest, wanted));
    auto* vcpu = guest.find_vcpu(wanted.apic_id);
    if (vcpu == nullptr) return std::unexpected{SvsmError::InvalidParameter};
    if (!guest.objects.has_room(2)) return std::unexpected{SvsmError::Busy};

    const auto area = machine::map_window(machine::Window::Scratch4K, wanted.calling_area);
    TRY_VOID(to_call_result(machine::load_u8(area + call_pending)));

    // Revoke, flush, then look: until the flush another vCPU could still write through a stale translation,
    // and change the page after it was judged.
    const auto vmsa = machine::map_window(machine::Window::Scratch4K, wanted.vmsa);
    const auto revoked = revoke_all(vmsa, PageSize::Size4K);
    machine::flush_guests();
    const auto vmpl =
        revoked ? adopt_vmsa(guest, level, vmsa) : std::unexpected{to_svsm_error(revoked.error())};
    if (!vmpl) {
        // Nothing more can be done for a page that cannot even be given back: the host took it.
        (void)grant_all(vmsa, PageSize::Size4K, level);
        return std::unexpected{vmpl.error()};
    }
    // No call is pending on a vCPU that never ran. Should the page have vanished since, its vCPU just never
    // calls.
    (void)machine::store_u8(
        machine::map_window(machine::Window::Scratch4K, wanted.calling_area) + call_pending, 0);
    guest.set_vcpu(*vcpu, *vmpl, wanted.vmsa, wanted.calling_area);
    return {};
}

}  // namespace svsm::core
