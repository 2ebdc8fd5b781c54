// SPDX-License-Identifier: MIT
// PVALIDATE: one entry, every way in which it can be wrong, and what a right one does. Vectors 10 and 13.
#include "guest/conformance/memory.hpp"
#include "guest/conformance/platform.hpp"
#include "guest/conformance/suite.hpp"

using namespace conf;

namespace {

/// The entry is refused with `expected` for either action, and named by `next`.
void expect_refusal(std::uint64_t entry, std::uint64_t expected) {
    for (const std::uint64_t action : {rescind, validate, validate | ignore_cf}) {
        EXPECT_EQ(pvalidate_one(entry | action), expected);
        EXPECT_EQ(next_of_one(), 0);
    }
}

}  // namespace

CONFORMS("pvalidate.rescind", "SVSM_CORE_PVALIDATE Call") {
    const Gpa page = platform::take_pages();
    fill(page, page_bytes, 0xa5);
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
    EXPECT_EQ(next_of_one(), 1);
    EXPECT(is_not_validated(page));
    EXPECT(!can_write(page));
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
}

CONFORMS("pvalidate.validated-page-is-zero", "SVSM_CORE_PVALIDATE Call") {
    // The host may have put a page of VMPL0 there: the guest must not read what it holds.
    const Gpa page = platform::take_pages();
    fill(page, page_bytes, 0xa5);
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
    EXPECT_EQ(next_of_one(), 1);
    EXPECT(holds_only(page, page_bytes, 0));
    EXPECT(can_write(page));
}

CONFORMS("pvalidate.page-from-the-host-is-zero", "SVSM_CORE_PVALIDATE Call") {
    const Gpa page = platform::take_pages();
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
    EXPECT(platform::change_page_state(page, abi::PscOperation::Shared));
    at<std::uint64_t>(gpa_of(platform::shared_view(page))) = ~0ull;
    EXPECT(platform::change_page_state(page, abi::PscOperation::Private));
    EXPECT(is_not_validated(page));
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
    EXPECT(holds_only(page, page_bytes, 0));
}

CONFORMS("pvalidate.validate-twice", "SVSM_CORE_PVALIDATE Call") {
    const Gpa page = platform::take_pages();
    fill(page, page_bytes, 0x77);
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::unchanged);
    EXPECT_EQ(next_of_one(), 0);
    EXPECT(holds_only(page, page_bytes, 0x77));
}

CHOOSES("pvalidate.validate-twice-ignoring-it", "SVSM_CORE_PVALIDATE Call") {
    const Gpa page = platform::take_pages();
    fill(page, page_bytes, 0x77);
    EXPECT_EQ(pvalidate_one(page.value() | validate | ignore_cf), result::success);
    EXPECT_EQ(next_of_one(), 1);
    EXPECT(holds_only(page, page_bytes, 0x77));  // not touched: see docs/conformance.md
    EXPECT(can_write(page));
}

CHOOSES("pvalidate.rescind-twice", "SVSM_CORE_PVALIDATE Call") {
    const Gpa page = platform::take_pages();
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::unchanged);
    EXPECT_EQ(next_of_one(), 0);
    EXPECT_EQ(pvalidate_one(page.value() | rescind | ignore_cf), result::success);
    EXPECT_EQ(next_of_one(), 1);
    EXPECT(is_not_validated(page));
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
}

CONFORMS("pvalidate.same-page-twice-in-a-list", "SVSM_CORE_PVALIDATE Call") {
    const Gpa page = platform::take_pages();
    List& list = new_list(3);
    list.entries[0] = list.entries[2] = page.value() | rescind;
    list.entries[1] = page.value() | rescind | ignore_cf;
    EXPECT_EQ(pvalidate(list), result::unchanged);
    EXPECT_EQ(list.header.next, 2);
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
}

CONFORMS("pvalidate.reserved-bits", "SVSM_CORE_PVALIDATE Call") {
    const Gpa page = platform::take_pages();
    for (unsigned bit = 4; bit < 12; ++bit) {
        row("bit", bit);
        expect_refusal(page.value() | 1ull << bit, result::invalid_parameter);
    }
    EXPECT(can_write(page));
}

CONFORMS("pvalidate.reserved-sizes", "SVSM_CORE_PVALIDATE Call") {
    const Gpa page = platform::take_pages();
    for (const std::uint64_t size : {2u, 3u}) {
        row("size", size);
        expect_refusal(page.value() | size, result::invalid_parameter);
    }
    EXPECT(can_write(page));
}

CONFORMS("pvalidate.private-objects", "SVSM_CORE_PVALIDATE Call") {
    for (const Gpa page : {svsm_first_page(), svsm_first_page() + page_bytes, svsm_last_page(),
                           platform::self().calling_area}) {
        row("page", page.value());
        expect_refusal(page.value(), result::invalid_address);
    }
    EXPECT(is_served());
}

CONFORMS("pvalidate.not-memory", "SVSM_CORE_PVALIDATE Call") {
    const std::uint64_t c_bit = 1ull << platform::c_bit();
    const Gpa page = platform::take_pages();
    for (const Gpa bad : {not_memory, not_an_address, page + c_bit, svsm_first_page() + c_bit,
                          page + (1ull << 52), page + (1ull << 63)}) {
        row("page", bad.value());
        expect_refusal(bad.value(), result::invalid_address);
    }
    EXPECT(can_write(page));
}

CHOOSES("pvalidate.page-of-the-host", "SVSM_CORE_PVALIDATE Call") {
    const Gpa page = platform::take_pages();
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
    EXPECT(platform::change_page_state(page, abi::PscOperation::Shared));
    for (const std::uint64_t ignored : {std::uint64_t{0}, ignore_cf}) {
        EXPECT_EQ(pvalidate_one(page.value() | validate | ignored), result::invalid_address);
        EXPECT_EQ(next_of_one(), 0);
    }
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::unchanged);
    EXPECT(is_served());
    EXPECT(platform::change_page_state(page, abi::PscOperation::Private));
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
}

CHOOSES("pvalidate.page-given-away-without-rescind", "SVSM_CORE_PVALIDATE Call") {
    // The host may have kept the old page, valid: with a second one it could choose between the two. The
    // address stays unusable for this guest: see docs/conformance.md.
    const Gpa page = platform::take_pages();
    EXPECT(platform::change_page_state(page, abi::PscOperation::Shared));
    EXPECT(platform::change_page_state(page, abi::PscOperation::Private));
    EXPECT(is_not_validated(page));
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::unchanged);
    EXPECT_EQ(pvalidate_one(page.value() | validate | ignore_cf), result::success);
    EXPECT(is_not_validated(page));
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::invalid_address);
    EXPECT(is_served());
}
