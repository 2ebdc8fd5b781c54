// SPDX-License-Identifier: MIT
// PVALIDATE: the list, its header, its place, and how far a call has come. Vectors 7 to 9.
#include <cstring>

#include "guest/conformance/memory.hpp"
#include "guest/conformance/platform.hpp"
#include "guest/conformance/suite.hpp"

using namespace conf;

CONFORMS("pvalidate.list-misaligned", "SVSM_CORE_PVALIDATE Call") {
    const Gpa place = platform::take_pages(), page = platform::take_pages();
    for (std::uint64_t offset = 1; offset < 8; ++offset) {
        row("offset", offset);
        // Well-formed except for its address.
        const std::uint64_t list[]{1, page.value() | rescind};
        std::memcpy(&at<char>(place + offset), list, sizeof list);
        EXPECT_EQ(pvalidate((place + offset).value()), result::invalid_parameter);
        EXPECT(std::memcmp(&at<char>(place + offset), list, sizeof list) == 0);
        EXPECT(can_write(page));
    }
}

CONFORMS("pvalidate.header", "SVSM_CORE_PVALIDATE Call") {
    struct Row {
        const char* what;
        std::uint16_t entries, next;
    };
    constexpr Row rows[]{
        {"no entries", 0, 0},
        {"no entries, next 1", 0, 1},
        {"next == entries", 1, 1},
        {"next == entries == 511", 511, 511},
        {"next > entries", 1, 2},
        {"next 0xffff", 1, 0xffff},
        {"512 entries", 512, 0},
        {"65535 entries", 0xffff, 0},
        {"65535 entries, next 65534", 0xffff, 0xfffe},
    };
    const Gpa page = platform::take_pages();
    for (const Row& each : rows) {
        row(each.what, each.entries);
        List& list = new_list(each.entries);
        list.header.next = each.next;
        for (auto& entry : list.entries) entry = page.value() | rescind;
        EXPECT_EQ(pvalidate(list), result::invalid_parameter);
        EXPECT_EQ(list.header.next, each.next);
        EXPECT_EQ(list.header.entries, each.entries);
        EXPECT(can_write(page));
    }
}

CONFORMS("pvalidate.list-crosses-page", "SVSM_CORE_PVALIDATE Call") {
    const Gpa place = platform::take_pages(2), page = platform::take_pages();
    struct Row {
        std::uint64_t offset, entries;
    };
    for (const Row each : {Row{0xff8, 1}, Row{0xff0, 2}, Row{8, 511}, Row{0x800, 256}}) {
        row("offset", each.offset);
        auto* const list = &at<std::uint64_t>(place + each.offset);
        list[0] = each.entries;
        for (std::uint64_t i = 1; i <= each.entries; ++i) list[i] = page.value() | rescind;
        EXPECT_EQ(pvalidate((place + each.offset).value()), result::invalid_parameter);
        EXPECT_EQ(list[0], each.entries);
        EXPECT(can_write(page));
    }
}

CONFORMS("pvalidate.list-at-the-end-of-its-page", "SVSM_CORE_PVALIDATE Call") {
    const Gpa place = platform::take_pages(), page = platform::take_pages();
    auto& header = at<abi::PvalidateHeader>(place + 0xff0);
    header = {1, 0, 0};
    at<std::uint64_t>(place + 0xff8) = page.value() | validate | ignore_cf;
    EXPECT_EQ(pvalidate((place + 0xff0).value()), result::success);
    EXPECT_EQ(header.next, 1);
}

CONFORMS("pvalidate.list-511-entries", "SVSM_CORE_PVALIDATE Call") {
    constexpr unsigned pages = 8, count = abi::pvalidate_max_entries;
    const Gpa first = platform::take_pages(pages);
    fill(first, pages * page_bytes, 0x5a);
    List& list = new_list(count);
    // Rescinded and validated in turns; 511 entries are 255 such pairs and one rescind more.
    for (unsigned i = 0; i < count; ++i)
        list.entries[i] = (first + i / 2 % pages * page_bytes).value() | (i % 2 == 0 ? rescind : validate);
    EXPECT_EQ(pvalidate(list), result::success);
    EXPECT_EQ(list.header.next, count);
    EXPECT_EQ(list.header.entries, count);
    const Gpa last = first + (count - 1) / 2 % pages * page_bytes;
    EXPECT(is_not_validated(last));
    EXPECT_EQ(pvalidate_one(last.value() | validate), result::success);
    EXPECT(holds_only(first, pages * page_bytes, 0));
}

CHOOSES("pvalidate.list-510-entries-in-the-area", "SVSM_CORE_PVALIDATE Call") {
    constexpr std::uint16_t count = 510;
    const Gpa page = platform::take_pages();
    auto& list = at<List>(platform::self().calling_area + sizeof(abi::CallingArea));
    list.header = {count, 0, 0};
    for (unsigned i = 0; i < count; ++i) list.entries[i] = page.value() | (i % 2 == 0 ? rescind : validate);
    EXPECT_EQ(pvalidate(list), result::success);
    EXPECT_EQ(list.header.next, count);
    EXPECT(holds_only(page, page_bytes, 0));
    list.header = {511, 0, 0};
    EXPECT_EQ(pvalidate(list), result::invalid_parameter);
    EXPECT_EQ(list.header.next, 0);
}

CONFORMS("pvalidate.list-is-only-read", "SVSM_CORE_PVALIDATE Call") {
    const Gpa page = platform::take_pages();
    List& list = new_list(2);
    list.header.reserved = 0x1234'5678;
    list.entries[0] = page.value() | rescind;
    list.entries[1] = page.value() | validate;
    list.entries[2] = 0x1122'3344'5566'7788;
    EXPECT_EQ(pvalidate(list), result::success);
    EXPECT_EQ(list.header.entries, 2);
    EXPECT_EQ(list.header.reserved, 0x1234'5678);
    EXPECT_EQ(list.entries[0], page.value() | rescind);
    EXPECT_EQ(list.entries[1], page.value() | validate);
    EXPECT_EQ(list.entries[2], 0x1122'3344'5566'7788);
}

CONFORMS("pvalidate.list-not-accessible", "SVSM_CORE_PVALIDATE Call") {
    const Gpa page = platform::take_pages();
    const std::uint64_t c_bit = 1ull << platform::c_bit();
    for (const Gpa bad : {svsm_first_page(), svsm_last_page(), svsm_first_page() + 8, not_memory,
                          not_an_address, page + c_bit, page + (1ull << 52), page + (1ull << 63)}) {
        row("RCX", bad.value());
        at<std::uint64_t>(page) = 1;
        EXPECT_EQ(pvalidate(bad.value()), result::invalid_address);
    }
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
    row("not validated", page.value());
    EXPECT_EQ(pvalidate(page.value()), result::invalid_address);
    EXPECT(platform::change_page_state(page, abi::PscOperation::Shared));
    at<std::uint64_t>(gpa_of(platform::shared_view(page))) = 1;
    row("shared", page.value());
    EXPECT_EQ(pvalidate(page.value()), result::invalid_address);
    EXPECT(platform::change_page_state(page, abi::PscOperation::Private));
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
}

CHOOSES("pvalidate.list-rescinds-itself", "SVSM_CORE_PVALIDATE Call") {
    // `next` has nowhere to go then.
    const Gpa page = platform::take_pages();
    auto& list = at<List>(page);
    list.header = {1, 0, 0};
    list.entries[0] = page.value() | rescind;
    EXPECT_EQ(pvalidate(list), result::invalid_address);
    EXPECT(is_served());
    EXPECT(is_not_validated(page));
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
    EXPECT(holds_only(page, page_bytes, 0));
}

CONFORMS("pvalidate.starts-at-next", "SVSM_CORE_PVALIDATE Call") {
    constexpr std::uint16_t count = 4;
    const Gpa first = platform::take_pages(count);
    for (std::uint16_t next = 0; next < count; ++next) {
        row("next", next);
        List& list = new_list(count);
        list.header.next = next;
        for (unsigned i = 0; i < count; ++i) list.entries[i] = (first + i * page_bytes).value() | rescind;
        EXPECT_EQ(pvalidate(list), result::success);
        EXPECT_EQ(list.header.next, count);
        for (unsigned i = 0; i < count; ++i) EXPECT(can_write(first + i * page_bytes) == (i < next));
        list.header.next = next;
        for (unsigned i = 0; i < count; ++i) list.entries[i] = (first + i * page_bytes).value() | validate;
        EXPECT_EQ(pvalidate(list), result::success);
    }
}

CONFORMS("pvalidate.stops-at-the-first-error", "SVSM_CORE_PVALIDATE Call") {
    // Entries before it stay done. The entry itself and all behind it are untouched. `next` names it.
    constexpr std::uint16_t count = 4;
    const Gpa first = platform::take_pages(count);
    for (std::uint16_t bad = 0; bad < count; ++bad) {
        row("bad entry", bad);
        List& list = new_list(count);
        for (unsigned i = 0; i < count; ++i) list.entries[i] = (first + i * page_bytes).value() | rescind;
        list.entries[bad] |= 0x10;  // a reserved bit
        EXPECT_EQ(pvalidate(list), result::invalid_parameter);
        EXPECT_EQ(list.header.next, bad);
        EXPECT_EQ(list.header.entries, count);
        for (unsigned i = 0; i < count; ++i) EXPECT(can_write(first + i * page_bytes) == (i >= bad));
        list.header = {count, 0, 0};
        for (unsigned i = 0; i < count; ++i)
            list.entries[i] = (first + i * page_bytes).value() | validate | ignore_cf;
        EXPECT_EQ(pvalidate(list), result::success);
    }
}

CONFORMS("pvalidate.continues-behind-a-skipped-entry", "SVSM_CORE_PVALIDATE Call") {
    // What Linux and OVMF do on a size mismatch: rely on `next`, step over, call again.
    const Gpa first = platform::take_pages(3);
    List& list = new_list(3);
    for (unsigned i = 0; i < 3; ++i) list.entries[i] = (first + i * page_bytes).value() | rescind;
    list.entries[1] = (first + page_bytes).value() | validate;  // is valid already
    EXPECT_EQ(pvalidate(list), result::unchanged);
    EXPECT_EQ(list.header.next, 1);
    ++list.header.next;
    EXPECT_EQ(pvalidate(list), result::success);
    EXPECT_EQ(list.header.next, 3);
    EXPECT(is_not_validated(first) && can_write(first + page_bytes) &&
           is_not_validated(first + 2 * page_bytes));
    for (const unsigned i : {0u, 2u})
        EXPECT_EQ(pvalidate_one((first + i * page_bytes).value() | validate), result::success);
}
