// SPDX-License-Identifier: MIT
// SVSM_CORE_WITHDRAW_MEM.
#include <bit>

#include "base/result.hpp"
#include "svsm/guest/deposits.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/guest/rights.hpp"
#include "svsm/protocol/core/core.hpp"
#include "svsm/protocol/core/errors.hpp"
#include "svsm/protocol/core/page_list.hpp"

namespace svsm::core {
namespace {

/// Takes up to `area.size() - 1` pages out of the deposit and puts the area together: header and addresses.
std::span<const std::uint64_t> take_pages(Guest& guest, std::span<std::uint64_t> area) {
    std::uint16_t count = 0;
    while (count + 1u < area.size()) {
        const auto page = guest.objects.find_deposit();
        if (!page) break;
        guest.objects.remove(*page);
        area[++count] = page->value();
    }
    area[0] = std::bit_cast<std::uint64_t>(abi::WithdrawHeader{count, {}});
    return area.first(count + 1u);
}

/// Zero before grant: another level's secrets may be in it. A page that cannot be zeroed or granted was taken
/// by the host; it is the guest's again all the same.
void give(Gpa at, abi::Vmpl level) {
    const MappedPage page{machine::Window::Scratch4K, at};
    if (machine::zero(page.va(), page_bytes)) (void)grant_all(page.va(), PageSize::Size4K, level);
}

}  // namespace

CallResult withdraw_mem(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa at) {
    if (!at.is_aligned(sizeof(std::uint64_t))) return std::unexpected{SvsmError::InvalidParameter};
    const auto words = (page_bytes - at.page_offset()) / sizeof(std::uint64_t);
    // A header without room for one page.
    if (words < 2) return std::unexpected{SvsmError::InvalidParameter};
    const ExclusiveGuard lock{guest.lock};
    if (!may_hold_list(guest, at)) return std::unexpected{SvsmError::InvalidAddress};

    const auto area = take_pages(guest, std::span{caller.scratch->words}.first(words));
    CallResult written;
    {
        const MappedPage window{machine::Window::List, at.page()};
        written = to_call_result(machine::copy_out(window.va() + at.page_offset(), std::as_bytes(area)));
    }
    const auto pages = area.subspan(1);
    if (!written) {
        // A guest that was not told keeps nothing: the pages are deposited as before.
        for (const auto page : pages) guest.objects.add(Gpa{page}, {ObjectKind::Deposited});
        return written;
    }
    for (const auto page : pages) give(Gpa{page}, level);
    announce_deposits(guest);
    return {};
}

}  // namespace svsm::core
