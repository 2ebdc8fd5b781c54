// SPDX-License-Identifier: MIT
// REMAP_CA: the calling area moves, and only to where it may.
#include "guest/demo/demo.hpp"
#include "guest/lib/check.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/psc.hpp"
#include "guest/lib/svsm.hpp"

using abi::SvsmError;
using demo::is_refused;
using guest::svsm::query_protocol;
using guest::svsm::remap_ca;

namespace {
std::uint8_t& pending_of(Gpa area) { return guest::pointer_to<abi::CallingArea>(area)->call_pending; }
}  // namespace

TEST("remap_ca moves the calling area, and back") {
    const Gpa old_area = guest::this_vcpu().calling_area, new_area = guest::allocate_pages();
    pending_of(new_area) = 1;
    CHECK(remap_ca(new_area).has_value());
    CHECK(pending_of(new_area) == 0 && pending_of(old_area) == 0);
    CHECK(query_protocol(abi::core_protocol, 1).has_value());
    // The old page is ordinary memory now: a call announced there is none.
    pending_of(old_area) = 1;
    CHECK(query_protocol(abi::core_protocol, 1).has_value());
    CHECK(pending_of(old_area) == 1);
    CHECK(remap_ca(old_area).has_value());
    CHECK(pending_of(old_area) == 0 && query_protocol(abi::core_protocol, 1).has_value());
}

TEST("remap_ca to the present calling area changes nothing") {
    CHECK(remap_ca(guest::this_vcpu().calling_area).has_value());
    CHECK(query_protocol(abi::core_protocol, 1).has_value());
}

TEST("remap_ca refuses addresses that are not a page") {
    const Gpa page = guest::allocate_pages();
    for (const std::uint64_t offset : {1u, 8u, 0x800u, 0xfffu})
        CHECK(is_refused(remap_ca(page + offset), SvsmError::InvalidParameter));
}

TEST("remap_ca refuses SVSM memory, addresses beyond RAM and pages that are not validated") {
    CHECK(is_refused(remap_ca(demo::svsm_first_page()), SvsmError::InvalidAddress));
    CHECK(is_refused(remap_ca(demo::svsm_last_page()), SvsmError::InvalidAddress));
    CHECK(is_refused(remap_ca(Gpa{0xff'ffff'f000}), SvsmError::InvalidAddress));
    CHECK(is_refused(remap_ca(Gpa{0xffff'ffff'ffff'f000}), SvsmError::InvalidAddress));
    const Gpa page = guest::allocate_pages();
    CHECK(is_refused(remap_ca(page + demo::c_bit()), SvsmError::InvalidAddress));
    CHECK(guest::svsm::set_validity(page, PageSize::Size4K, abi::Validity::Rescind));
    CHECK(is_refused(remap_ca(page), SvsmError::InvalidAddress));
    CHECK(guest::svsm::set_validity(page, PageSize::Size4K, abi::Validity::Validate));
    CHECK(query_protocol(abi::core_protocol, 1).has_value());
}
