// SPDX-License-Identifier: MIT
// REMAP_CA: every row of its table, and what becomes of both areas.
#include "guest/conformance/memory.hpp"
#include "guest/conformance/platform.hpp"
#include "guest/conformance/suite.hpp"

using namespace conf;

namespace {
std::uint8_t& pending_of(Gpa area) { return at<abi::CallingArea>(area).call_pending; }
Gpa own_area() { return platform::self().calling_area; }
}  // namespace

CONFORMS("remap_ca.moves", "SVSM_CORE_REMAP_CA Call") {
    const Gpa old_area = own_area(), new_area = platform::take_pages();
    EXPECT_EQ(remap_ca(new_area), result::success);
    EXPECT(is_served());
    EXPECT_EQ(remap_ca(old_area), result::success);
    EXPECT(is_served());
}

CONFORMS("remap_ca.new-area-is-not-pending", "SVSM_CORE_REMAP_CA Call") {
    const Gpa old_area = own_area(), new_area = platform::take_pages();
    for (const std::uint8_t stale : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{0xff}}) {
        row("stale CALL_PENDING", stale);
        pending_of(new_area) = stale;
        EXPECT_EQ(remap_ca(new_area), result::success);
        EXPECT_EQ(pending_of(new_area), 0);
        EXPECT_EQ(remap_ca(old_area), result::success);
    }
}

CONFORMS("remap_ca.old-area-is-forgotten", "SVSM_CORE_REMAP_CA Call") {
    const Gpa old_area = own_area(), new_area = platform::take_pages();
    EXPECT_EQ(remap_ca(new_area), result::success);
    EXPECT_EQ(pending_of(old_area), 0);
    pending_of(old_area) = 1;  // a call announced there is none ...
    fill(old_area + 1, page_bytes - 1, 0x77);
    EXPECT(is_served());
    EXPECT_EQ(pending_of(old_area), 1);  // ... and the SVSM never touches the page again
    EXPECT(holds_only(old_area + 8, page_bytes - 8, 0x77));
    EXPECT_EQ(pvalidate_one(old_area.value() | rescind), result::success);
    EXPECT(is_served());
    EXPECT_EQ(pvalidate_one(old_area.value() | validate), result::success);
    EXPECT_EQ(remap_ca(old_area), result::success);
}

CONFORMS("remap_ca.new-area-is-protected", "SVSM_CORE_REMAP_CA Call") {
    const Gpa old_area = own_area(), new_area = platform::take_pages();
    EXPECT_EQ(remap_ca(new_area), result::success);
    EXPECT_EQ(pvalidate_one(new_area.value() | rescind), result::invalid_address);
    EXPECT_EQ(remap_ca(old_area), result::success);
    EXPECT_EQ(pvalidate_one(new_area.value() | rescind), result::success);
    EXPECT_EQ(pvalidate_one(new_area.value() | validate), result::success);
}

CHOOSES("remap_ca.same-area", "SVSM_CORE_REMAP_CA Call") {
    EXPECT_EQ(remap_ca(own_area()), result::success);
    EXPECT(is_served());
}

CONFORMS("remap_ca.misaligned", "SVSM_CORE_REMAP_CA Call") {
    const Gpa page = platform::take_pages();
    for (const std::uint64_t offset : {1u, 2u, 8u, 0x40u, 0x800u, 0xfffu}) {
        row("offset", offset);
        EXPECT_EQ(remap_ca(page + offset), result::invalid_parameter);
        EXPECT_EQ(remap_ca(own_area() + offset), result::invalid_parameter);
        EXPECT_EQ(remap_ca(svsm_first_page() + offset), result::invalid_parameter);
    }
    EXPECT(is_served());
}

CONFORMS("remap_ca.svsm-memory", "SVSM_CORE_REMAP_CA Call") {
    EXPECT_EQ(remap_ca(svsm_first_page()), result::invalid_address);
    EXPECT_EQ(remap_ca(svsm_last_page()), result::invalid_address);
    EXPECT(is_served());
}

CONFORMS("remap_ca.not-accessible", "SVSM_CORE_REMAP_CA Call") {
    const Gpa page = platform::take_pages();
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
    row("not validated");
    EXPECT_EQ(remap_ca(page), result::invalid_address);
    EXPECT(platform::change_page_state(page, abi::PscOperation::Shared));
    row("shared");
    EXPECT_EQ(remap_ca(page), result::invalid_address);
    EXPECT(platform::change_page_state(page, abi::PscOperation::Private));
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
    EXPECT(is_served());
}

CONFORMS("remap_ca.not-memory", "SVSM_CORE_REMAP_CA Call") {
    const std::uint64_t c_bit = 1ull << platform::c_bit();
    const Gpa page = platform::take_pages();
    for (const Gpa bad : {not_memory, not_an_address, page + c_bit, svsm_first_page() + c_bit,
                          page + (1ull << 63), page + (1ull << 52)}) {
        row("address", bad.value());
        EXPECT_EQ(remap_ca(bad), result::invalid_address);
    }
    EXPECT(is_served());
}
