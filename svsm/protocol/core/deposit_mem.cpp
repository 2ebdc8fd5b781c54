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
#include "svsm/protocol/core/work_budget.hpp"

namespace svsm::core {
namespace {

/// Registering 512 pages takes about as long as zeroing eight of them.
constexpr std::uint32_t work_of(PageSize size) { return size == PageSize::Size2M ? 8 : 1; }

/// Changes the state of all pages of an entry, which is one page of 4 KiB or 2 MiB.
template <PageState from, PageState to>
void change(Guest& guest, GpaRange pages) REQUIRES(guest.lock) {
    for (auto at = pages.begin; at < pages.end; at = at + page_bytes) guest.pages.change<from, to>(at);
}

/// Revokes the guest's rights on one entry's pages and registers them as deposited.
CallResult take(Guest& guest, WorkBudget& budget, std::uint64_t raw) REQUIRES(guest.lock) {
    const auto entry = TRY(parse_deposit_entry(raw));
    // The guest cannot deposit an object, or memory that it does not own.
    if (!guest.is_guests(entry.range)) return std::unexpected{SvsmError::InvalidAddress};
    // Checked before the first revoke: the SVSM does not know which levels had rights, so it could
    // not restore them.
    if (!guest.pages.has_room_for(std::array{entry.range.begin})) return std::unexpected{SvsmError::Busy};
    if (!budget.take(work_of(entry.size))) return std::unexpected{SvsmError::Incomplete};
    change<PageState::Guests, PageState::Dirty>(guest, entry.range);
    const MappedPage page{scratch_window(entry.size), entry.range.begin};
    if (const auto revoked = revoke_all(page.va(), entry.size); !revoked) {
        // The contents still belong to the guest. Revoked rights stay revoked until the guest rescinds and
        // validates the page.
        change<PageState::Dirty, PageState::Guests>(guest, entry.range);
        return to_call_result(revoked);
    }
    change<PageState::Dirty, PageState::Deposited>(guest, entry.range);
    return {};
}

}  // namespace

CallResult deposit_mem(Guest& guest, Vcpu& caller, Gpa at) {
    const ExclusiveGuard lock{guest.lock};
    auto list = TRY(read_list(guest, at, *caller.scratch));
    WorkBudget budget;
    CallResult failure;
    std::size_t done = 0;
    for (const auto entry : list.left()) {
        failure = take(guest, budget, entry);
        if (!failure) break;
        ++done;
    }
    const auto result = close_list(guest, list, done, failure);
    // Flush before the lock is released: another level may then withdraw the pages, which this one could
    // write until the flush.
    machine::flush_guests();
    announce_deposits(guest);
    return result;
}

}  // namespace svsm::core
