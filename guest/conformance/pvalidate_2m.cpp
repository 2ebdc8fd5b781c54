// SPDX-License-Identifier: MIT
// PVALIDATE: 2 MiB entries. Vectors 11 and 12.
#include "guest/conformance/memory.hpp"
#include "guest/conformance/platform.hpp"
#include "guest/conformance/suite.hpp"

using namespace conf;

CONFORMS("pvalidate.2m", "SVSM_CORE_PVALIDATE Call") {
    const auto block = platform::take_block();
    EXPECT(block.has_value());
    const Gpa last = *block + (large_page_bytes - page_bytes);
    fill(*block, large_page_bytes, 0x3c);
    EXPECT_EQ(pvalidate_one(block->value() | size_2m | rescind), result::success);
    EXPECT_EQ(next_of_one(), 1);
    EXPECT(is_not_validated(*block) && is_not_validated(*block + large_page_bytes / 2) &&
           is_not_validated(last));
    EXPECT_EQ(pvalidate_one(block->value() | size_2m | rescind), result::unchanged);
    EXPECT_EQ(pvalidate_one(block->value() | size_2m | validate), result::success);
    EXPECT(holds_only(*block, large_page_bytes, 0));
    EXPECT(can_write(*block) && can_write(last));
    EXPECT_EQ(pvalidate_one(block->value() | size_2m | validate), result::unchanged);
    EXPECT_EQ(next_of_one(), 0);
    EXPECT_EQ(pvalidate_one(block->value() | size_2m | validate | ignore_cf), result::success);
}

CONFORMS("pvalidate.2m-leaves-neighbours-alone", "SVSM_CORE_PVALIDATE Call") {
    const auto block = platform::take_block();
    EXPECT(block.has_value());
    const Gpa before = *block - page_bytes, behind = *block + large_page_bytes;
    const bool readable_before = can_read(before), readable_behind = can_read(behind);
    EXPECT_EQ(pvalidate_one(block->value() | size_2m | rescind), result::success);
    EXPECT(can_read(before) == readable_before && can_read(behind) == readable_behind);
    EXPECT_EQ(pvalidate_one(block->value() | size_2m | validate), result::success);
}

CONFORMS("pvalidate.2m-misaligned", "SVSM_CORE_PVALIDATE Call") {
    const auto block = platform::take_block();
    EXPECT(block.has_value());
    for (unsigned bit = 12; bit < 21; ++bit) {
        row("bit", bit);
        const std::uint64_t entry = block->value() | 1ull << bit | size_2m;
        for (const std::uint64_t action : {rescind, validate, validate | ignore_cf}) {
            EXPECT_EQ(pvalidate_one(entry | action), result::invalid_parameter);
            EXPECT_EQ(next_of_one(), 0);
        }
    }
    EXPECT(can_write(*block));
}

CONFORMS("pvalidate.2m-on-4k-pages", "SVSM_CORE_PVALIDATE Call") {
    // No silent fallback: the guest has to see it and to issue 512 entries itself.
    const auto block = platform::take_block();
    EXPECT(block.has_value());
    List& list = new_list(512);
    const auto all = [&](std::uint64_t action) {
        for (unsigned half = 0; half < 2; ++half) {
            list.header = {256, 0, 0};
            for (unsigned i = 0; i < 256; ++i)
                list.entries[i] = (*block + (half * 256 + i) * page_bytes).value() | action;
            EXPECT_EQ(pvalidate(list), result::success);
        }
    };
    all(rescind);
    list.header = {2, 0, 0};
    list.entries[0] = platform::take_pages().value() | validate | ignore_cf;
    list.entries[1] = block->value() | size_2m | validate | ignore_cf;
    EXPECT_EQ(pvalidate(list), result::size_mismatch);
    EXPECT_EQ(list.header.next, 1);
    EXPECT(is_not_validated(*block));
    all(validate);
    fill(*block, large_page_bytes, 0x11);
    EXPECT_EQ(pvalidate_one(block->value() | size_2m | rescind), result::size_mismatch);
    EXPECT(holds_only(*block, large_page_bytes, 0x11));
}

CHOOSES("pvalidate.2m-over-both-states", "SVSM_CORE_PVALIDATE Call") {
    // Some pages of it valid, some not: there is no one answer, and the guest names them one by one.
    const auto block = platform::take_block();
    EXPECT(block.has_value());
    const Gpa inside = *block + 5 * page_bytes;
    EXPECT_EQ(pvalidate_one(inside.value() | rescind), result::success);
    fill(*block, page_bytes, 0x11);
    for (const std::uint64_t action : {rescind, rescind | ignore_cf, validate, validate | ignore_cf}) {
        row("entry", action);
        EXPECT_EQ(pvalidate_one(block->value() | size_2m | action), result::size_mismatch);
        EXPECT_EQ(next_of_one(), 0);
    }
    EXPECT(is_not_validated(inside));
    EXPECT(holds_only(*block, page_bytes, 0x11));
    EXPECT_EQ(pvalidate_one(inside.value() | validate), result::success);
}

CHOOSES("pvalidate.2m-size-mismatch-leaves-access", "SVSM_CORE_PVALIDATE Call") {
    const auto block = platform::take_block();
    EXPECT(block.has_value());
    EXPECT_EQ(pvalidate_one((*block + page_bytes).value() | rescind), result::success);
    EXPECT_EQ(pvalidate_one((*block + page_bytes).value() | validate), result::success);
    EXPECT_EQ(pvalidate_one(block->value() | size_2m | rescind), result::size_mismatch);
    EXPECT(can_write(*block) && can_write(*block + page_bytes));
}

CONFORMS("pvalidate.4k-inside-2m", "SVSM_CORE_PVALIDATE Call") {
    // The hypervisor splits the page: what the guest sees is one page less.
    const auto block = platform::take_block();
    EXPECT(block.has_value());
    fill(*block, large_page_bytes, 0x29);
    const Gpa inside = *block + 100 * page_bytes;
    EXPECT_EQ(pvalidate_one(inside.value() | rescind), result::success);
    EXPECT(is_not_validated(inside));
    EXPECT(holds_only(*block, 100 * page_bytes, 0x29));
    EXPECT(holds_only(inside + page_bytes, 411 * page_bytes, 0x29));
    EXPECT_EQ(pvalidate_one(inside.value() | validate), result::success);
}

CONFORMS("pvalidate.2m-around-private-objects", "SVSM_CORE_PVALIDATE Call") {
    // All 512 pages count, not only the first.
    const Gpa own = platform::self().calling_area;
    const auto block = platform::take_block();
    EXPECT(block.has_value());
    const Gpa area = *block + 77 * page_bytes;
    EXPECT_EQ(remap_ca(area), result::success);
    for (const Gpa inside : {svsm_first_page(), svsm_last_page(), area}) {
        row("page", inside.value());
        const std::uint64_t entry = round_down(inside.value(), large_page_bytes) | size_2m;
        for (const std::uint64_t action : {rescind, validate, validate | ignore_cf}) {
            EXPECT_EQ(pvalidate_one(entry | action), result::invalid_address);
            EXPECT_EQ(next_of_one(), 0);
        }
    }
    EXPECT(is_served());
    EXPECT_EQ(remap_ca(own), result::success);
}

CONFORMS("pvalidate.2m-not-memory", "SVSM_CORE_PVALIDATE Call") {
    for (const std::uint64_t bad :
         std::initializer_list<std::uint64_t>{round_down(not_memory.value(), large_page_bytes), ~0ull << 21,
                                              1ull << 52, 1ull << 63, 1ull << platform::c_bit()}) {
        row("address", bad);
        EXPECT_EQ(pvalidate_one(bad | size_2m | rescind), result::invalid_address);
        EXPECT_EQ(pvalidate_one(bad | size_2m | validate), result::invalid_address);
    }
}
