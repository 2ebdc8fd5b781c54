// SPDX-License-Identifier: MIT
// PVALIDATE: lists, both page sizes, and everything that must be refused.
#include <cstring>

#include "guest/demo/demo.hpp"
#include "guest/lib/check.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/memory.hpp"

using abi::ExitCode;
using abi::SvsmError;
using abi::Validity;
using demo::is_refused;
using guest::vc;
using guest::svsm::pvalidate;
using guest::svsm::pvalidate_entry;
using guest::svsm::PvalidateList;
using guest::svsm::set_validity;

namespace {

/// A list that starts a page, with `entries` announced and none of them filled.
PvalidateList<>& new_list(std::uint16_t entries) {
    auto& list = *guest::pointer_to<PvalidateList<>>(guest::allocate_pages());
    list.header = {entries, 0, 0};
    return list;
}

/// Result of a list with this single entry; `next` has to stay 0 when it fails.
guest::svsm::Result pvalidate_one(std::uint64_t entry) {
    auto& list = guest::svsm::calling_area_list();
    list.header = {1, 0, 0};
    list.entries[0] = entry;
    return pvalidate(guest::gpa_of(&list));
}

constexpr auto validate_4k = [](Gpa page) {
    return pvalidate_entry(page, PageSize::Size4K, Validity::Validate);
};
constexpr auto rescind_4k = [](Gpa page) {
    return pvalidate_entry(page, PageSize::Size4K, Validity::Rescind);
};

}  // namespace

TEST("pvalidate takes a page away and gives it back zeroed") {
    const Gpa page = guest::allocate_pages();
    demo::fill(page, page_bytes, 0xa5);
    CHECK(set_validity(page, PageSize::Size4K, Validity::Rescind));
    CHECK(guest::probe_load(page) == vc(ExitCode::PageNotValidated));
    CHECK(set_validity(page, PageSize::Size4K, Validity::Validate));
    CHECK(demo::is_zero(page, page_bytes));
    CHECK(!guest::probe_store(page, 1));
}

TEST("pvalidate works through a list that fills its page") {
    constexpr std::uint16_t pages = 8, count = abi::pvalidate_max_entries;
    const Gpa first = guest::allocate_pages(pages);
    demo::fill(first, pages * page_bytes, 0x5a);
    auto& list = new_list(count);
    // Rescind and validate in turns: 511 entries are 255 such pairs and one rescind more.
    for (unsigned i = 0; i < count; ++i) {
        const Gpa page = first + i / 2 % pages * page_bytes;
        list.entries[i] = i % 2 == 0 ? rescind_4k(page) : validate_4k(page);
    }
    CHECK(pvalidate(guest::gpa_of(&list)).has_value() && list.header.next == count);
    const Gpa last = first + (count - 1) / 2 % pages * page_bytes;
    CHECK(guest::probe_load(last) == vc(ExitCode::PageNotValidated));
    CHECK(set_validity(last, PageSize::Size4K, Validity::Validate));
    CHECK(demo::is_zero(first, pages * page_bytes));
}

TEST("pvalidate starts at the list's next entry") {
    const Gpa first = guest::allocate_pages(2), second = first + page_bytes;
    auto& list = new_list(2);
    list.header.next = 1;
    list.entries[0] = rescind_4k(first);
    list.entries[1] = rescind_4k(second);
    CHECK(pvalidate(guest::gpa_of(&list)).has_value() && list.header.next == 2);
    CHECK(!guest::probe_load(first) && guest::probe_load(second) == vc(ExitCode::PageNotValidated));
    CHECK(set_validity(second, PageSize::Size4K, Validity::Validate));
}

TEST("pvalidate stops at a bad entry and keeps what was done before") {
    const Gpa first = guest::allocate_pages(2);
    auto& list = new_list(3);
    list.entries[0] = rescind_4k(first);
    list.entries[1] = rescind_4k(first + page_bytes) | 0x10;  // a reserved bit
    list.entries[2] = rescind_4k(first + page_bytes);
    CHECK(is_refused(pvalidate(guest::gpa_of(&list)), SvsmError::InvalidParameter) && list.header.next == 1);
    CHECK(guest::probe_load(first) == vc(ExitCode::PageNotValidated) &&
          !guest::probe_load(first + page_bytes));
    CHECK(set_validity(first, PageSize::Size4K, Validity::Validate));
}

TEST("pvalidate reports a page that was valid already, unless told not to") {
    const Gpa page = guest::allocate_pages();
    demo::fill(page, page_bytes, 0x77);
    CHECK(is_refused(pvalidate_one(validate_4k(page)), SvsmError::PvalidateUnchanged));
    CHECK(guest::svsm::calling_area_list().header.next == 0);
    CHECK(*guest::pointer_to<const std::uint8_t>(page) == 0x77);
    CHECK(pvalidate_one(validate_4k(page) | abi::PvalidateEntry::IgnoreCf::mask).has_value());
    CHECK(*guest::pointer_to<const std::uint8_t>(page) == 0x77);  // not touched
}

TEST("pvalidate handles 2 MiB pages") {
    const auto block = guest::allocate_block();
    CHECK(block.has_value());
    demo::fill(*block, large_page_bytes, 0x3c);
    CHECK(set_validity(*block, PageSize::Size2M, Validity::Rescind));
    CHECK(guest::probe_load(*block) == vc(ExitCode::PageNotValidated));
    CHECK(guest::probe_load(*block + (large_page_bytes - 1)) == vc(ExitCode::PageNotValidated));
    CHECK(set_validity(*block, PageSize::Size2M, Validity::Validate));
    CHECK(demo::is_zero(*block, large_page_bytes) && !guest::probe_store(*block + large_page_bytes / 2, 1));
}

TEST("pvalidate refuses 2 MiB where the machine holds 4 KiB pages") {
    const auto block = guest::allocate_block();
    CHECK(block.has_value());
    const Gpa inside = *block + 5 * page_bytes;
    CHECK(set_validity(inside, PageSize::Size4K, Validity::Rescind));  // splits the page
    const auto entry = pvalidate_entry(*block, PageSize::Size2M, Validity::Validate);
    CHECK(is_refused(pvalidate_one(entry), SvsmError::FailSizeMismatch));  // some valid, one not
    CHECK(set_validity(inside, PageSize::Size4K, Validity::Validate));
    CHECK(is_refused(pvalidate_one(pvalidate_entry(*block, PageSize::Size2M, Validity::Rescind)),
                     SvsmError::FailSizeMismatch));
    CHECK(!guest::probe_store(*block, 1) && !guest::probe_store(inside, 1));
}

TEST("pvalidate refuses a list whose header is wrong") {
    const Gpa page = guest::allocate_pages();
    auto& list = new_list(1);
    list.entries[0] = rescind_4k(page);
    const Gpa at = guest::gpa_of(&list);
    list.header = {0, 0, 0};
    CHECK(is_refused(pvalidate(at), SvsmError::InvalidParameter) && list.header.next == 0);
    list.header = {1, 1, 0};
    CHECK(is_refused(pvalidate(at), SvsmError::InvalidParameter) && list.header.next == 1);
    list.header = {1, 0xffff, 0};
    CHECK(is_refused(pvalidate(at), SvsmError::InvalidParameter));
    list.header = {512, 0, 0};
    CHECK(is_refused(pvalidate(at), SvsmError::InvalidParameter) && list.header.next == 0);
    CHECK(!guest::probe_load(page));
}

TEST("pvalidate refuses a list at a wrong place") {
    const Gpa at = guest::allocate_pages(), page = guest::allocate_pages();
    for (const std::uint64_t offset : {1u, 2u, 4u, 7u}) {
        // A list that is well-formed except for its address.
        const std::uint64_t list[]{1, rescind_4k(page)};
        std::memcpy(guest::pointer_to<void>(at + offset), list, sizeof list);
        CHECK(is_refused(pvalidate(at + offset), SvsmError::InvalidParameter) && !guest::probe_load(page));
    }
    auto& header = *guest::pointer_to<abi::PvalidateHeader>(at + (page_bytes - sizeof(abi::PvalidateHeader)));
    header = {1, 0, 0};  // its entry would be on the next page
    CHECK(is_refused(pvalidate(guest::gpa_of(&header)), SvsmError::InvalidParameter));
    CHECK(is_refused(pvalidate(demo::svsm_first_page()), SvsmError::InvalidAddress));
    CHECK(is_refused(pvalidate(demo::svsm_last_page()), SvsmError::InvalidAddress));
    CHECK(is_refused(pvalidate(Gpa{0xff'ffff'f000}), SvsmError::InvalidAddress));
    CHECK(is_refused(pvalidate(Gpa{0xc'0000}), SvsmError::InvalidAddress));
    CHECK(is_refused(pvalidate(at + demo::c_bit()), SvsmError::InvalidAddress));
}

TEST("pvalidate refuses malformed entries") {
    const Gpa page = guest::allocate_pages();
    const auto entry = rescind_4k(page);
    for (unsigned bit = 4; bit < 12; ++bit)
        CHECK(is_refused(pvalidate_one(entry | 1ull << bit), SvsmError::InvalidParameter));
    CHECK(is_refused(pvalidate_one(entry | 2), SvsmError::InvalidParameter));
    CHECK(is_refused(pvalidate_one(entry | 3), SvsmError::InvalidParameter));
    const auto block = guest::allocate_block();
    CHECK(block.has_value());
    const auto misaligned = pvalidate_entry(*block + page_bytes, PageSize::Size2M, Validity::Rescind);
    CHECK(is_refused(pvalidate_one(misaligned), SvsmError::InvalidParameter));
    CHECK(!guest::probe_load(page) && !guest::probe_load(*block + page_bytes));
}

TEST("pvalidate refuses SVSM memory, the calling area and addresses beyond RAM") {
    for (const Gpa page : {demo::svsm_first_page(), demo::svsm_last_page(), guest::this_vcpu().calling_area,
                           Gpa{0xff'ffff'f000}, Gpa{0xffff'ffff'ffff'f000},
                           // Where a PC has its screen and ROMs.
                           Gpa{0xa'0000}, Gpa{0xc'0000}, Gpa{0xf'f000}}) {
        CHECK(is_refused(pvalidate_one(rescind_4k(page)), SvsmError::InvalidAddress));
        CHECK(is_refused(pvalidate_one(validate_4k(page)), SvsmError::InvalidAddress));
    }
    // With the C-bit in it, an address would be a second name of another page: one that no check
    // has looked at.
    CHECK(is_refused(pvalidate_one(validate_4k(guest::allocate_pages() + demo::c_bit())),
                     SvsmError::InvalidAddress));
    CHECK(is_refused(pvalidate_one(rescind_4k(demo::svsm_first_page() + demo::c_bit())),
                     SvsmError::InvalidAddress));
    const Gpa block{round_down(demo::svsm_first_page().value(), large_page_bytes)};
    const auto large = pvalidate_entry(block, PageSize::Size2M, Validity::Rescind);
    CHECK(is_refused(pvalidate_one(large), SvsmError::InvalidAddress));
    const Gpa area_block{round_down(guest::this_vcpu().calling_area.value(), large_page_bytes)};
    const auto around_area = pvalidate_entry(area_block, PageSize::Size2M, Validity::Rescind);
    CHECK(is_refused(pvalidate_one(around_area), SvsmError::InvalidAddress));
    // The first 2 MiB have RAM at their beginning and a hole from 640 KiB to 1 MiB.
    const auto around_hole = pvalidate_entry(Gpa{0}, PageSize::Size2M, Validity::Validate);
    CHECK(is_refused(pvalidate_one(around_hole), SvsmError::InvalidAddress));
}
