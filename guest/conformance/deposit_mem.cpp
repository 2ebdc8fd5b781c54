// SPDX-License-Identifier: MIT
// DEPOSIT_MEM: lists like those of PVALIDATE, pages that change owner. Vector 21.
#include "guest/conformance/contexts.hpp"
#include "guest/conformance/memory.hpp"
#include "guest/conformance/suite.hpp"
#include "guest/conformance/withdraw.hpp"

using namespace conf;

namespace {

std::uint64_t deposit(const List& list) { return deposit_mem(gpa_of(&list).value()); }

void expect_refusal(std::uint64_t entry, std::uint64_t expected) {
    List& list = new_list(1);
    list.entries[0] = entry;
    EXPECT_EQ(deposit(list), expected);
    EXPECT_EQ(list.header.next, 0);
}

}  // namespace

CONFORMS("deposit_mem.takes-pages", "SVSM_CORE_DEPOSIT_MEM Call") {
    constexpr unsigned count = 3;
    const Gpa first = platform::take_pages(count);
    List& list = new_list(count);
    for (unsigned i = 0; i < count; ++i) list.entries[i] = (first + i * page_bytes).value();
    EXPECT_EQ(deposit(list), result::success);
    EXPECT_EQ(list.header.next, count);
    for (unsigned i = 0; i < count; ++i) {
        const Gpa page = first + i * page_bytes;
        row("page", i);
        EXPECT(!can_read(page) && !can_write(page));
        EXPECT_EQ(pvalidate_one(page.value() | rescind), result::invalid_address);
        EXPECT_EQ(pvalidate_one(page.value() | validate | ignore_cf), result::invalid_address);
        EXPECT_EQ(remap_ca(page), result::invalid_address);
        EXPECT_EQ(pvalidate(page.value()), result::invalid_address);
    }
    EXPECT(withdraw_all().pages >= count);
}

CHOOSES("deposit_mem.not-twice", "SVSM_CORE_DEPOSIT_MEM Call") {
    const Gpa page = platform::take_pages();
    List& list = new_list(2);
    list.entries[0] = list.entries[1] = page.value();
    EXPECT_EQ(deposit(list), result::invalid_address);
    EXPECT_EQ(list.header.next, 1);
    expect_refusal(page.value(), result::invalid_address);
    EXPECT(withdraw_all().pages >= 1);
}

CONFORMS("deposit_mem.one-page-in-the-svsm", "SVSM_CORE_DEPOSIT_MEM Call") {
    const Gpa first = platform::take_pages(2);
    List& list = new_list(3);
    list.entries[0] = first.value();
    list.entries[1] = svsm_first_page().value();
    list.entries[2] = (first + page_bytes).value();
    EXPECT_EQ(deposit(list), result::invalid_address);
    EXPECT_EQ(list.header.next, 1);
    EXPECT(!can_read(first) && can_write(first + page_bytes));
    EXPECT(withdraw_all().pages >= 1);
}

CONFORMS("deposit_mem.private-objects", "SVSM_CORE_DEPOSIT_MEM Call") {
    for (const Gpa page : {svsm_first_page(), svsm_last_page(), platform::self().calling_area}) {
        row("page", page.value());
        expect_refusal(page.value(), result::invalid_address);
        expect_refusal(round_down(page.value(), large_page_bytes) | size_2m, result::invalid_address);
    }
    EXPECT(is_served());
}

CHOOSES("deposit_mem.vmsa", "SVSM_CORE_DEPOSIT_MEM Call") {
    SPARE_CONTEXT(made);
    EXPECT_EQ(create(made), result::success);
    expect_refusal(made.vmsa.value(), result::invalid_address);
    expect_refusal(made.calling_area.value(), result::invalid_address);
    EXPECT_EQ(destroy(made), result::success);
}

CONFORMS("deposit_mem.not-accessible", "SVSM_CORE_DEPOSIT_MEM Call") {
    const Gpa page = platform::take_pages();
    const std::uint64_t c_bit = 1ull << platform::c_bit();
    for (const Gpa bad : {not_memory, not_an_address, page + c_bit, page + (1ull << 52)}) {
        row("page", bad.value());
        expect_refusal(bad.value(), result::invalid_address);
    }
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
    row("not validated");
    expect_refusal(page.value(), result::invalid_address);
    EXPECT(platform::change_page_state(page, abi::PscOperation::Shared));
    row("shared");
    expect_refusal(page.value(), result::invalid_address);
    EXPECT(platform::change_page_state(page, abi::PscOperation::Private));
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
}

CONFORMS("deposit_mem.reserved-bits", "SVSM_CORE_DEPOSIT_MEM Call") {
    const Gpa page = platform::take_pages();
    for (unsigned bit = 2; bit < 12; ++bit) {
        row("bit", bit);
        expect_refusal(page.value() | 1ull << bit, result::invalid_parameter);
    }
    row("size 2");
    expect_refusal(page.value() | 2, result::invalid_parameter);
    row("size 3");
    expect_refusal(page.value() | 3, result::invalid_parameter);
    EXPECT(can_write(page));
}

CONFORMS("deposit_mem.2m", "SVSM_CORE_DEPOSIT_MEM Call") {
    const auto block = platform::take_block();
    EXPECT(block.has_value());
    row("misaligned");
    expect_refusal((*block + page_bytes).value() | size_2m, result::invalid_parameter);
    row("aligned");
    List& list = new_list(1);
    list.entries[0] = block->value() | size_2m;
    EXPECT_EQ(deposit(list), result::success);
    EXPECT(!can_read(*block) && !can_read(*block + (large_page_bytes - page_bytes)));
    EXPECT_EQ(withdraw_all().result, result::success);
    EXPECT(is_served());
}

CONFORMS("deposit_mem.header", "SVSM_CORE_DEPOSIT_MEM Call") {
    const Gpa page = platform::take_pages();
    struct Row {
        const char* what;
        std::uint16_t entries, next;
    };
    for (const Row& each :
         {Row{"no entries", 0, 0}, Row{"next == entries", 1, 1}, Row{"next > entries", 1, 2},
          Row{"512 entries", 512, 0}, Row{"next 0xffff", 1, 0xffff}}) {
        row(each.what, each.entries);
        List& list = new_list(each.entries);
        list.header.next = each.next;
        for (auto& entry : list.entries) entry = page.value();
        EXPECT_EQ(deposit(list), result::invalid_parameter);
        EXPECT_EQ(list.header.next, each.next);
    }
    for (std::uint64_t offset = 1; offset < 8; ++offset) {
        row("list misaligned", offset);
        EXPECT_EQ(deposit_mem(gpa_of(&new_list(1)).value() + offset), result::invalid_parameter);
    }
    row("list in the SVSM");
    EXPECT_EQ(deposit_mem(svsm_first_page().value()), result::invalid_address);
    EXPECT(can_write(page));
}

CONFORMS("deposit_mem.starts-at-next", "SVSM_CORE_DEPOSIT_MEM Call") {
    const Gpa first = platform::take_pages(2);
    List& list = new_list(2);
    list.header.next = 1;
    list.entries[0] = first.value();
    list.entries[1] = (first + page_bytes).value();
    EXPECT_EQ(deposit(list), result::success);
    EXPECT_EQ(list.header.next, 2);
    EXPECT(can_write(first) && !can_read(first + page_bytes));
    EXPECT(withdraw_all().pages >= 1);
}
