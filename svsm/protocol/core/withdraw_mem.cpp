// SPDX-License-Identifier: MIT
// SVSM_CORE_WITHDRAW_MEM.
#include <bit>

#include "base/result.hpp"
#include "svsm/guest/deposits.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/guest/parameters.hpp"
#include "svsm/guest/rights.hpp"
#include "svsm/protocol/core/core.hpp"
#include "svsm/protocol/core/errors.hpp"
#include "svsm/protocol/core/page_list.hpp"

namespace svsm::core {
namespace {

/// Takes up to `area.size() - 1` deposited pages and fills `area`: header and addresses.
std::span<const std::uint64_t> take_pages(Guest& guest, std::span<std::uint64_t> area) REQUIRES(guest.lock) {
    std::uint16_t count = 0;
    while (count + 1u < area.size()) {
        const auto page = guest.pages.find_deposit();
        if (!page) break;
        guest.pages.change<PageState::Deposited, PageState::Dirty>(*page);
        area[++count] = page->value();
    }
    area[0] = std::bit_cast<std::uint64_t>(abi::WithdrawHeader{count, {}});
    return area.first(count + 1u);
}

/// Zeroes, then grants the page: it may hold another level's secrets. If either fails the host has taken the
/// page; it stays dirty, and PVALIDATE may try again. True when rights were granted and revoked again.
bool give(Guest& guest, Gpa at, abi::Vmpl level) REQUIRES(guest.lock) {
    const MappedPage page{machine::Window::Scratch4K, at};
    if (!machine::zero(page.va(), page_bytes)) return false;
    if (!grant_all(page.va(), PageSize::Size4K, level)) {
        (void)revoke_all(page.va(), PageSize::Size4K);
        return true;
    }
    guest.pages.change<PageState::Dirty, PageState::Guests>(at);
    return false;
}

}  // namespace

CallResult withdraw_mem(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa at) {
    if (!at.is_aligned(sizeof(std::uint64_t))) return std::unexpected{SvsmError::InvalidParameter};
    const auto words = (page_bytes - at.page_offset()) / sizeof(std::uint64_t);
    // The area must hold its header and one address.
    if (words < 2) return std::unexpected{SvsmError::InvalidParameter};
    const ExclusiveGuard lock{guest.lock};
    if (!may_hold_parameters(guest, at)) return std::unexpected{SvsmError::InvalidAddress};

    const auto area = take_pages(guest, std::span{caller.scratch->words}.first(words));
    CallResult written;
    {
        const MappedPage window{machine::Window::List, at.page()};
        written = to_call_result(machine::copy_out(window.va() + at.page_offset(), std::as_bytes(area)));
    }
    const auto pages = area.subspan(1);
    if (!written) {
        // The guest did not get the list: the pages stay deposited.
        for (const auto page : pages) guest.pages.change<PageState::Dirty, PageState::Deposited>(Gpa{page});
        return written;
    }
    bool was_revoked = false;
    for (const auto page : pages) was_revoked |= give(guest, Gpa{page}, level);
    if (was_revoked) machine::flush_guests();
    announce_deposits(guest);
    return {};
}

}  // namespace svsm::core
