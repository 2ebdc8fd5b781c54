// SPDX-License-Identifier: MIT
// Memory that is deposited with the SVSM and withdrawn.
#pragma once
#include "tests/unit/svsm/protocol/core/pvalidate_fixture.hpp"

namespace svsm {

class DepositWorld : public PvalidateWorld {
protected:
    std::uint64_t deposit(const std::vector<std::uint64_t>& entries, unsigned cpu = 0) {
        write_list(list_page, {static_cast<std::uint16_t>(entries.size()), 0, 0}, entries);
        return call(CoreCall::DepositMem, {.rcx = list_page.value()}, cpu).rax;
    }
    /// Pages that one call of WITHDRAW_MEM returns; they are in `withdrawn` then.
    std::size_t withdraw(Gpa at = list_page) {
        EXPECT_EQ(result_of(CoreCall::WithdrawMem, at.value()), abi::svsm_success);
        const auto header = m.peek<abi::WithdrawHeader>(at);
        withdrawn.clear();
        for (unsigned i = 0; i < header.count; ++i)
            withdrawn.push_back(Gpa{m.peek<std::uint64_t>(at + 8 * (i + 1))});
        return header.count;
    }
    /// Leaves no room in the table for anything in a new region.
    void use_up_the_table() { guest.pages.start(svsm_region, RamBlocks{guest.ram}, states, directory, {}); }
    /// The last 2 MiB are the guest's too.
    void accept_far_region() {
        guest.pages.block_around(unvalidated_large_page)
            .states->change_all<PageState::NotValidated, PageState::Guests>();
    }
    /// Pages of the guest in two regions where nothing is private.
    static constexpr Gpa far_page(unsigned i) { return large_page + i * page_bytes; }

    std::vector<Gpa> withdrawn;
};

}  // namespace svsm
