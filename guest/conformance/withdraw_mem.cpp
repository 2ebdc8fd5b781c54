// SPDX-License-Identifier: MIT
// WITHDRAW_MEM: where the answer goes, and what comes back. Vector 22.
#include <cstring>

#include "guest/conformance/memory.hpp"
#include "guest/conformance/platform.hpp"
#include "guest/conformance/suite.hpp"
#include "guest/conformance/withdraw.hpp"

using namespace conf;

namespace conf {

Withdrawn withdraw_all() {
    static constinit Gpa area{};
    if (area == Gpa{}) area = platform::take_pages();
    const auto& list = at<WithdrawList>(area);
    Withdrawn all{result::none, 0, true};
    constexpr unsigned more_than_any_svsm_has = 1024;
    for (unsigned i = 0; i < more_than_any_svsm_has; ++i) {
        all.result = withdraw_mem(area.value());
        if (all.result != result::success || list.count == 0) return all;
        if (list.count > abi::pvalidate_max_entries) return {result::none, all.pages, false};
        for (unsigned n = 0; n < list.count; ++n) {
            const Gpa page{list.pages[n]};
            all.all_zero =
                all.all_zero && can_read(page) && holds_only(page, page_bytes, 0) && can_write(page);
        }
        all.pages += list.count;
    }
    return {result::none, all.pages, false};
}

}  // namespace conf

namespace {

/// Pages filled with something worth reading, then deposited.
bool deposit_pages(unsigned count) {
    const Gpa first = platform::take_pages(count);
    fill(first, count * page_bytes, 0x99);
    List& list = new_list(static_cast<std::uint16_t>(count));
    for (unsigned i = 0; i < count; ++i) list.entries[i] = (first + i * page_bytes).value();
    return deposit_mem(gpa_of(&list).value()) == result::success;
}

std::uint8_t mem_available() { return at<abi::CallingArea>(platform::self().calling_area).mem_available; }

}  // namespace

CONFORMS("withdraw_mem.nothing-there", "SVSM_CORE_WITHDRAW_MEM Call") {
    EXPECT_EQ(withdraw_all().result, result::success);
    const Gpa area = platform::take_pages();
    at<WithdrawList>(area).count = 7;
    EXPECT_EQ(withdraw_mem(area.value()), result::success);
    EXPECT_EQ(at<WithdrawList>(area).count, 0);
    EXPECT_EQ(mem_available(), 0);
}

CHOOSES("withdraw_mem.returns-deposits-cleared", "SVSM_CORE_WITHDRAW_MEM Call") {
    EXPECT_EQ(withdraw_all().result, result::success);
    EXPECT(deposit_pages(5));
    const Withdrawn back = withdraw_all();
    EXPECT_EQ(back.result, result::success);
    EXPECT(back.pages >= 5);
    EXPECT(back.all_zero);
}

CHOOSES("withdraw_mem.available-flag", "Table 2: Calling Area") {
    EXPECT_EQ(withdraw_all().result, result::success);
    EXPECT_EQ(mem_available(), 0);
    EXPECT(deposit_pages(2));
    const Gpa area = platform::take_pages();
    EXPECT_EQ(withdraw_mem((area + 0xff0).value()), result::success);  // room for one
    EXPECT_EQ(mem_available(), 1);
    EXPECT_EQ(withdraw_all().result, result::success);
    EXPECT_EQ(mem_available(), 0);
}

CONFORMS("withdraw_mem.as-many-as-fit", "SVSM_CORE_WITHDRAW_MEM Call") {
    EXPECT_EQ(withdraw_all().result, result::success);
    constexpr unsigned deposited = 4;
    EXPECT(deposit_pages(deposited));
    const Gpa area = platform::take_pages(2);
    unsigned back = 0;
    for (const unsigned room : {1u, 2u, 2u}) {
        row("room", room);
        fill(area, 2 * page_bytes, 0xee);
        const Gpa where = area + (page_bytes - 8 - 8 * room);
        EXPECT_EQ(withdraw_mem(where.value()), result::success);
        const auto count = at<std::uint16_t>(where);
        EXPECT(count <= room);
        back += count;
        EXPECT(holds_only(area, where - area, 0xee));
        EXPECT(holds_only(area + page_bytes, page_bytes, 0xee));
    }
    EXPECT(back + withdraw_all().pages >= deposited);
}

CONFORMS("withdraw_mem.no-room", "SVSM_CORE_WITHDRAW_MEM Call") {
    const Gpa area = platform::take_pages();
    EXPECT_EQ(withdraw_mem((area + 0xff8).value()), result::invalid_parameter);
}

CONFORMS("withdraw_mem.misaligned", "SVSM_CORE_WITHDRAW_MEM Call") {
    const Gpa area = platform::take_pages();
    fill(area, page_bytes, 0xee);
    for (std::uint64_t offset = 1; offset < 8; ++offset) {
        row("offset", offset);
        EXPECT_EQ(withdraw_mem((area + offset).value()), result::invalid_parameter);
    }
    EXPECT(holds_only(area, page_bytes, 0xee));
}

CHOOSES("withdraw_mem.not-accessible", "SVSM_CORE_WITHDRAW_MEM Call") {
    // Refused, and no page is lost on the way.
    EXPECT_EQ(withdraw_all().result, result::success);
    EXPECT(deposit_pages(3));
    const Gpa page = platform::take_pages();
    const std::uint64_t c_bit = 1ull << platform::c_bit();
    for (const Gpa bad :
         {svsm_first_page(), svsm_last_page() + 0x10, not_memory, not_an_address, page + c_bit}) {
        row("RCX", bad.value());
        EXPECT_EQ(withdraw_mem(bad.value()), result::invalid_address);
    }
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
    row("not validated");
    EXPECT_EQ(withdraw_mem(page.value()), result::invalid_address);
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
    row("afterwards");
    EXPECT(withdraw_all().pages >= 3);
}

CONFORMS("withdraw_mem.pages-are-the-guests-again", "SVSM_CORE_WITHDRAW_MEM Call") {
    EXPECT_EQ(withdraw_all().result, result::success);
    EXPECT(deposit_pages(1));
    const Gpa area = platform::take_pages();
    EXPECT_EQ(withdraw_mem(area.value()), result::success);
    const auto& list = at<WithdrawList>(area);
    EXPECT_EQ(list.count, 1);
    const Gpa page{list.pages[0]};
    EXPECT(page.is_page_aligned() && can_write(page));
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
    const Gpa own = platform::self().calling_area;
    EXPECT_EQ(remap_ca(page), result::success);
    EXPECT_EQ(remap_ca(own), result::success);
}
