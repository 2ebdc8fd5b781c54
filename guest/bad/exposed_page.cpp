// SPDX-License-Identifier: MIT
// Conspires with the hypervisor to read what the SVSM left in a page: the host binds a system page that was
// the SVSM's to an address of the guest's, and makes the SVSM validate this page, zero another or none, and
// grant this one. The build chooses the TRICK, which must be the adversary's.
#include "guest/bad/accomplice.hpp"
#include "guest/lib/check.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

enum class Trick : std::uint8_t {
    Swap,  ///< the zeroing hits the guest's old page, which is valid
    Hide,  ///< the zeroing hits a page that is not valid
    Fault  ///< the host injects an exception at the zeroing, and at each later access
};
constexpr Trick trick = Trick::TRICK;
constexpr std::uint64_t own_bytes = 0x1122'3344'5566'7788;

constinit Gpa page{};

/// The guest can read nothing of the SVSM's there.
bool is_clean() {
    const auto seen = guest::look_for(abi::adyton::svsm_bytes, page);
    if (seen.equal != 0) guest::say("# {} quadwords of the SVSM's can be read", seen.equal);
    return seen.equal == 0;
}

}  // namespace

TEST("the page is validated once, and while its zeroing fails not granted") {
    page = guest::allocate_pages();
    for (std::uint64_t offset = 0; offset < page_bytes; offset += sizeof own_bytes)
        *guest::pointer_to<volatile std::uint64_t>(page + offset) = own_bytes;
    if (trick != Trick::Swap) CHECK(guest::change_validity(page, abi::Validity::Rescind).has_value());
    CHECK(guest::ask(guest::ConspiracyAsk::Begin, page));
    if (trick == Trick::Fault) CHECK(guest::ask(guest::ConspiracyAsk::ShowSecond, page));
    const auto answer = guest::change_validity(page, abi::Validity::Validate);
    CHECK(is_clean());
    CHECK(guest::is_error(
        answer, trick == Trick::Swap ? abi::SvsmError::PvalidateUnchanged : abi::SvsmError::InvalidAddress));
    if (trick == Trick::Swap) CHECK(guest::holds_only(own_bytes, page));
}

TEST("a CREATE_VCPU that is refused gives it to nobody") {
    CHECK(guest::ask(guest::ConspiracyAsk::End, page));
    CHECK(guest::ask(guest::ConspiracyAsk::ShowSecond, page));
    CHECK(!guest::svsm::create_vcpu(page, guest::allocate_pages(), 1).has_value());
    CHECK(is_clean());
    CHECK(guest::look_for(0, page).readable == 0);
}

TEST("the guest gets it zeroed") {
    if (trick == Trick::Swap) CHECK(guest::ask(guest::ConspiracyAsk::ShowFirst, page));
    CHECK(guest::change_validity(page, abi::Validity::Validate).has_value());
    CHECK(guest::holds_only(0, page));
    CHECK(guest::svsm::query_protocol(abi::core_protocol, 1).has_value());
}

std::uint8_t guest_main(const abi::adyton::GuestInfo&) { return guest::run_checks() == 0 ? 0 : 1; }
