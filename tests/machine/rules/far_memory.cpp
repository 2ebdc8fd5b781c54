// SPDX-License-Identifier: MIT
// RAM at 512 GiB, with nothing between it and the other: the machine keeps tables for what there is.
#include "abi/x86/paging.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

#define FAR .options = "--far-memory 0x8000000000,4M --host strict"

constexpr std::uint64_t far = 512ull << 30, far_end = far + (4ull << 20);

/// A page of the map that shows `gpa`, private or shared, instead of its own page.
std::uint64_t show(std::uint64_t gpa, std::uint64_t c_bit) {
    const std::uint64_t window = allocate_page();
    volatile std::uint64_t& entry = entry_of(window);
    entry = (entry & ~(abi::Pte::address_mask | c_mask())) | gpa | c_bit;
    flush_tlb();
    return window;
}

RULE(far_memory_is_the_hypervisors_at_first, "APM2: RMP Access Checks", FAR) {
    const std::uint64_t first = show(far, 0), last = show(far_end - 4096, 0);
    at(first) = 5;
    at(last) = 6;
    CHECK_EQ(at(first), 5);
    CHECK_EQ(at(last), 6);
    const auto fault = trap([=] { peek(show(far, c_mask())); });
    CHECK(fault && fault->is_vc(abi::ExitCode::PageNotValidated));
}

RULE(far_memory_becomes_the_guests, "APM2: Page Validation", FAR) {
    for (const std::uint64_t page : {far, far_end - 4096}) {
        const std::uint64_t window = show(page, c_mask());
        CHECK(ghcb::change_page(page, abi::PscOperation::Private));
        const RmpAnswer answer = pvalidate(window, 0, 1);
        CHECK(answer.is(abi::RmpResult::Success) && !answer.carry());
        at(window) = page;
        CHECK_EQ(at(window), page);
    }
}

RULE(no_memory_lies_between, "GHCB: Page State Change", FAR) {
    for (const std::uint64_t page : {std::uint64_t{256} << 30, far - 4096, far_end})
        CHECK(!ghcb::change_page(page, abi::PscOperation::Private));
}

}  // namespace
}  // namespace rules
