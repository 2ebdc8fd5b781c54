// SPDX-License-Identifier: MIT
// SVSM_CORE_DEPOSIT_MEM.
#include "base/result.hpp"
#include "svsm/guest/deposits.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/guest/rights.hpp"
#include "svsm/protocol/core/core.hpp"
#include "svsm/protocol/core/errors.hpp"
#include "svsm/protocol/core/page_entry.hpp"
#include "svsm/protocol/core/page_list.hpp"

namespace svsm::core {
namespace {

/// Registering 512 pages takes about as long as zeroing eight of them.
constexpr std::uint32_t work_of(PageSize size) { return size == PageSize::Size2M ? 8 : 1; }

/// Takes one entry's pages from the guest.
CallResult take(Guest& guest, WorkBudget& budget, std::uint64_t raw) {
    const auto entry = TRY(parse_deposit_entry(raw));
    // Memory that is private already, or that is none of the guest's, is not the guest's to give.
    if (!guest.is_free(entry.range)) return std::unexpected{SvsmError::InvalidAddress};
    // Before anything is revoked: rights that are gone cannot be given back without knowing who had them.
    if (!guest.objects.has_room_for(std::array{entry.range.begin})) return std::unexpected{SvsmError::Busy};
    if (!budget.take(work_of(entry.size))) return std::unexpected{SvsmError::Incomplete};
    {
        const MappedPage page{scratch_window(entry.size), entry.range.begin};
        TRY_VOID(to_call_result(revoke_all(page.va(), entry.size)));
    }
    for (auto at = entry.range.begin; at < entry.range.end; at = at + page_bytes)
        guest.objects.add(at, {ObjectKind::Deposited});
    return {};
}

}  // namespace

CallResult deposit_mem(Guest& guest, Vcpu& caller, Gpa at) {
    const ExclusiveGuard lock{guest.lock};
    auto list = TRY(read_list(guest, at, *caller.scratch));
    WorkBudget budget;
    const auto result =
        work_off(guest, list, [&](std::uint64_t entry) { return take(guest, budget, entry); });
    // Before the lock is free: from then on another level may withdraw the pages, and until the flush this
    // one could still write them.
    machine::flush_guests();
    announce_deposits(guest);
    return result;
}

}  // namespace svsm::core
