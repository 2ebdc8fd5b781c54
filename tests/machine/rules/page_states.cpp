// SPDX-License-Identifier: MIT
// States of pages: who owns them, and whether they are validated. What a host makes of an access to a page that is not
// the guest's is its own matter; these rules ask the strict one.
#include "base/address.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using abi::ExitCode, abi::PscOperation;

std::optional<Fault> read(std::uint64_t va) {
    return trap([=] { peek(va); });
}
std::optional<Fault> write(std::uint64_t va) {
    return trap([=] { at(va) = 1; });
}
bool is_vc(const std::optional<Fault>& fault, ExitCode code) { return fault && fault->is_vc(code); }

RULE(launched_page_is_validated, "SNP-ABI: SNP_LAUNCH_UPDATE") {
    const std::uint64_t page = allocate_page();
    at(page) = 42;
    CHECK_EQ(at(page), 42);
    CHECK(pvalidate(page, 0, 1).carry());
}

RULE(rescinded_page_is_vc_404, "APM2: Page Validation") {
    const std::uint64_t page = allocate_page();
    CHECK(!pvalidate(page, 0, 0).carry());
    CHECK(is_vc(read(page), ExitCode::PageNotValidated));
    CHECK(is_vc(write(page), ExitCode::PageNotValidated));
}

RULE(rescinded_page_is_not_executed, "APM2: Page Validation") {
    const std::uint64_t page = allocate_page();
    at<std::uint8_t>(page) = 0xc3;
    (void)pvalidate(page, 0, 0);
    const auto fault = trap([=] { asm volatile("call *%0" : : "r"(page) : "memory"); });
    CHECK(is_vc(fault, ExitCode::PageNotValidated));
    CHECK(fault && fault->rip == page);
}

RULE(validation_keeps_contents, "APM3: PVALIDATE") {
    const std::uint64_t page = allocate_page();
    at(page) = 0x1234;
    CHECK(!pvalidate(page, 0, 0).carry());
    CHECK(!pvalidate(page, 0, 1).carry());
    CHECK_EQ(at(page), 0x1234);
}

RULE(page_of_the_hypervisor_is_shared, "APM2: RMP Access Checks") {
    const std::uint64_t page = allocate_loose();
    at(shared(page)) = 5;
    CHECK_EQ(at(shared(page)), 5);
}

RULE(page_that_was_not_launched_is_not_private, "APM2: RMP Access Checks", .options = "--host strict") {
    const std::uint64_t page = allocate_loose();
    CHECK(is_vc(read(page), ExitCode::PageNotValidated));
    CHECK(is_vc(write(page), ExitCode::PageNotValidated));
}

RULE(private_page_comes_unvalidated, "APM2: Page Validation") {
    const std::uint64_t page = allocate_loose();
    CHECK(ghcb::change_page(page, PscOperation::Private));
    CHECK(is_vc(read(page), ExitCode::PageNotValidated));
    const RmpAnswer answer = pvalidate(page, 0, 1);
    CHECK(answer.is(abi::RmpResult::Success) && !answer.carry());
    CHECK(!write(page));
}

RULE(shared_page_is_not_the_guests_any_more, "APM2: RMPUPDATE", .options = "--host strict") {
    const std::uint64_t page = allocate_page();
    at(page) = 1;
    (void)pvalidate(page, 0, 0);
    CHECK(ghcb::change_page(page, PscOperation::Shared));
    at(shared(page)) = 6;
    CHECK_EQ(at(shared(page)), 6);
    CHECK(is_vc(read(page), ExitCode::PageNotValidated));
}

RULE(page_given_away_validated_comes_back_unvalidated, "APM2: RMPUPDATE") {
    const std::uint64_t page = allocate_page();
    CHECK(ghcb::change_page(page, PscOperation::Shared));
    CHECK(ghcb::change_page(page, PscOperation::Private));
    CHECK(is_vc(read(page), ExitCode::PageNotValidated));
    CHECK(!pvalidate(page, 0, 1).carry());
}

RULE(page_that_changed_hands_lost_its_contents, "APM2: Encrypted Memory") {
    const std::uint64_t page = allocate_page();
    at(page) = 0x5ec2e7;
    (void)pvalidate(page, 0, 0);
    CHECK(ghcb::change_page(page, PscOperation::Shared));
    CHECK(at(shared(page)) != 0x5ec2e7);
}

RULE(shared_read_of_a_private_page_gives_nothing_away, "APM2: RMP Access Checks",
     .options = "--host strict") {
    const std::uint64_t page = allocate_page();
    at(page) = 0x5ec2e7;
    CHECK(is_vc(read(shared(page)), ExitCode::NestedPageFault));
}

RULE(shared_write_of_a_private_page_does_not_arrive, "APM2: RMP Access Checks", .options = "--host strict") {
    const std::uint64_t page = allocate_page();
    at(page) = 7;
    CHECK(is_vc(write(shared(page)), ExitCode::NestedPageFault));
    CHECK_EQ(at(page), 7);
}

RULE(address_without_memory_is_vc_400, "APM2: #VC Exception") {
    CHECK(is_vc(read(0xf000'0000), ExitCode::NestedPageFault));
    CHECK(is_vc(read(shared(0xfed4'0000)), ExitCode::NestedPageFault));
}

RULE(access_across_the_edge_of_validation_faults_and_changes_nothing, "APM2: Page Validation") {
    const std::uint64_t pages = allocate_pages(2), edge = pages + page_bytes - 4;
    at(edge - 4) = ~0ull;
    (void)pvalidate(pages + page_bytes, 0, 0);
    CHECK(is_vc(trap([=] { at(edge) = 0; }), ExitCode::PageNotValidated));
    CHECK_EQ(at(edge - 4), ~0ull);
}

RULE(two_mebibytes_validate_in_one, "APM3: PVALIDATE") {
    const std::uint64_t block = allocate_large();
    using Entry = abi::PscEntry;
    auto& list = *reinterpret_cast<volatile std::uint64_t*>(ghcb::page().shared_buffer);
    (&list)[0] = 0;  // current and last entry: 0
    (&list)[1] = Entry::Gfn::put(block / page_bytes) | Entry::Operation::put(1) | Entry::Is2M::mask;
    CHECK_EQ(ghcb::event({.code = static_cast<std::uint64_t>(abi::NaeEvent::PageStateChange),
                          .scratch = ghcb::buffer_gpa()}),
             0);
    CHECK_EQ(ghcb::page().sw_exit_info_2, 0);
    const RmpAnswer answer = pvalidate(block, 1, 1);
    CHECK(answer.is(abi::RmpResult::Success) && !answer.carry());
    for (std::uint64_t page = block; page < block + large_page_bytes; page += 64 * page_bytes)
        CHECK(!write(page));
    CHECK(pvalidate(block, 1, 1).carry());
    CHECK(pvalidate(block + page_bytes, 0, 1).carry());  // the host splits it; each part is validated
    CHECK(pvalidate(block, 1, 1).is(abi::RmpResult::FailSizeMismatch));
}

RULE(page_0_is_launched_like_any_other, "SNP-ABI: SNP_LAUNCH_UPDATE", .image = "--page-0") {
    CHECK(pvalidate(0, 0, 1).carry());
    CHECK(!trap([] {
        std::uint64_t value = 42;
        asm volatile("mov %0, (%1)\n mov (%1), %0" : "+r"(value) : "r"(0ull) : "memory");
        CHECK_EQ(value, 42);
    }));
}

}  // namespace
}  // namespace rules
