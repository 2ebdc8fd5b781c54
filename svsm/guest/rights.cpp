// SPDX-License-Identifier: MIT
#include "svsm/guest/rights.hpp"

#include "base/result.hpp"

namespace svsm {
namespace {

using abi::RmpAttributes;

constexpr std::uint64_t attributes(unsigned vmpl, std::uint8_t permissions, bool vmsa = false) {
    return RmpAttributes::TargetVmpl::put(vmpl) | RmpAttributes::Permissions::put(permissions) |
           RmpAttributes::IsVmsa::put(vmsa);
}
static_assert(attributes(1, abi::Permission::all) == 0xf01 && attributes(1, 0, true) == 0x1'0001);

}  // namespace

std::expected<void, machine::RmpadjustError> revoke_all(Va page, PageSize size) {
    for (unsigned vmpl = 1; vmpl < abi::vmpl_count; ++vmpl)
        TRY_VOID(machine::rmpadjust(page, size, attributes(vmpl, abi::Permission::none)));
    return {};
}

std::expected<void, machine::RmpadjustError> grant_all(Va page, PageSize size, abi::Vmpl highest) {
    const auto grant = [&](unsigned vmpl) {
        return machine::rmpadjust(page, size, attributes(vmpl, abi::Permission::all));
    };
    // No loop for VMPL1: most guests run there, and this runs for every page they have.
    TRY_VOID(grant(1));
    if (highest < abi::Vmpl::Vmpl2) [[likely]]
        return {};
    TRY_VOID(grant(2));
    if (highest < abi::Vmpl::Vmpl3) return {};
    return grant(3);
}

std::expected<void, machine::RmpadjustError> check_not_running(Va page) {
    return machine::rmpadjust(page, PageSize::Size4K, attributes(1, abi::Permission::read, true));
}

std::expected<void, machine::RmpadjustError> end_vmsa(Va page) {
    return machine::rmpadjust(page, PageSize::Size4K, attributes(1, abi::Permission::none));
}

std::expected<void, machine::RmpadjustError> make_vmsa(Va page, abi::Vmpl readers) {
    // Every RMPADJUST sets or clears the VMSA attribute, so each of these must set it.
    for (unsigned vmpl = 1; vmpl < abi::vmpl_count; ++vmpl) {
        const bool reads = vmpl <= static_cast<unsigned>(readers);
        TRY_VOID(machine::rmpadjust(
            page, PageSize::Size4K,
            attributes(vmpl, reads ? abi::Permission::read : abi::Permission::none, true)));
    }
    return {};
}

}  // namespace svsm
