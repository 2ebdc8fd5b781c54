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

/// Room for the entry's pages in the table, if need be at the cost of one of them. An offer of memory must
/// not fail for lack of memory: the guest could never help.
CallResult make_room_for_gift(Guest& guest, const PageEntry& entry, bool& is_first_spent) {
    const std::array pages{entry.range.begin};
    if (guest.objects.missing_pages(pages) == 0) return {};
    // Pages deposited earlier in this call may be used now, and until the flush the guest could still write
    // them.
    machine::flush_guests();
    if (make_room(guest, pages)) return {};
    is_first_spent = grow_table(guest, entry.range.begin);
    if (!is_first_spent) return std::unexpected{SvsmError::Busy};
    return {};
}

/// Takes one entry's pages from the guest.
CallResult take(Guest& guest, abi::Vmpl level, WorkBudget& budget, std::uint64_t raw) {
    const auto entry = TRY(parse_deposit_entry(raw));
    // Memory that is private already, or that is none of the guest's, is not the guest's to give.
    if (!guest.is_free(entry.range)) return std::unexpected{SvsmError::InvalidAddress};
    if (!budget.take(work_of(entry.size))) return std::unexpected{SvsmError::Incomplete};
    {
        const MappedPage page{scratch_window(entry.size), entry.range.begin};
        TRY_VOID(to_call_result(revoke_all(page.va(), entry.size)));
    }
    bool is_first_spent = false;
    if (const auto room = make_room_for_gift(guest, entry, is_first_spent); !room) {
        const MappedPage page{scratch_window(entry.size), entry.range.begin};
        (void)grant_all(page.va(), entry.size,
                        level);  // a page that vanished meanwhile was not the guest's to lose
        return room;
    }
    for (auto at = entry.range.begin; at < entry.range.end; at = at + page_bytes)
        guest.objects.add(at, {ObjectKind::Deposited});
    if (is_first_spent) guest.objects.change(entry.range.begin, {ObjectKind::Table});
    return {};
}

}  // namespace

CallResult deposit_mem(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa at) {
    const ExclusiveGuard lock{guest.lock};
    auto list = TRY(read_list(guest, at, *caller.scratch));
    WorkBudget budget;
    const auto result =
        work_off(guest, list, [&](std::uint64_t entry) { return take(guest, level, budget, entry); });
    // Before the lock is free: until the flush the guest could still write the pages, and from then on the
    // next call may build tables in them.
    machine::flush_guests();
    announce_deposits(guest);
    return result;
}

}  // namespace svsm::core
