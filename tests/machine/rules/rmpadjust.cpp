// SPDX-License-Identifier: MIT
// RMPADJUST: every code, every refusal, and what the VMSA bit does.
#include "base/address.hpp"
#include "tests/machine/lib/code.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using abi::ExitCode, abi::Permission, abi::RmpResult, abi::Vector;

#define RMPADJUST_RULE(name, ...) RULE(name, "APM3: RMPADJUST" __VA_OPT__(, ) __VA_ARGS__)

/// What VMPL1 got for its own RMPADJUST, or 100 + vector for an exception.
std::uint64_t ask_at_vmpl1(std::uint64_t at_page, std::uint64_t at_attributes) {
    static constinit std::uint64_t page = 0, attributes = 0, result = 0;
    page = at_page;
    attributes = at_attributes;
    const auto fault = run_at(1, [] { result = rmpadjust(page, 0, attributes).eax; });
    return fault ? 100 + static_cast<std::uint64_t>(fault->vector) : result;
}
constexpr auto code(RmpResult result) { return static_cast<std::uint64_t>(result); }

RMPADJUST_RULE(rmpadjust_answers_success_with_zf_and_pf_and_no_carry) {
    using abi::Rflags;
    const RmpAnswer answer = rmpadjust(allocate_page(), 0, attributes(1, Permission::read));
    CHECK_EQ(answer.eax, 0);
    CHECK_EQ(answer.flags & (Rflags::cf | Rflags::pf | Rflags::zf | Rflags::sf | Rflags::of),
             Rflags::zf | Rflags::pf);
}

RMPADJUST_RULE(rmpadjust_of_the_own_level_is_fail_permission) {
    CHECK(rmpadjust(allocate_page(), 0, attributes(0, Permission::read)).is(RmpResult::FailPermission));
}

RMPADJUST_RULE(rmpadjust_of_an_unknown_level_is_fail_input) {
    for (const unsigned vmpl : {4u, 5u, 255u})
        CHECK(rmpadjust(allocate_page(), 0, attributes(vmpl, Permission::read)).is(RmpResult::FailInput));
}

RMPADJUST_RULE(rmpadjust_with_reserved_bits_is_fail_input) {
    const std::uint64_t page = allocate_page();
    for (const unsigned bit : {17u, 31u, 32u, 63u})
        CHECK(rmpadjust(page, 0, attributes(1, Permission::read) | 1ull << bit).is(RmpResult::FailInput));
}

RMPADJUST_RULE(rmpadjust_2m_misaligned_is_fail_input) {
    CHECK(rmpadjust(allocate_page(), 1, attributes(1, Permission::read)).is(RmpResult::FailInput));
}

RMPADJUST_RULE(rmpadjust_2m_of_4k_pages_is_size_mismatch) {
    const std::uint64_t block = round_down(allocate_page(), large_page_bytes);
    CHECK(rmpadjust(block, 1, attributes(1, Permission::read)).is(RmpResult::FailSizeMismatch));
}

RMPADJUST_RULE(rmpadjust_looks_at_its_input_before_the_tables) {
    const std::uint64_t page = allocate_page();
    entry_of(page) = 0;
    flush_tlb();
    CHECK(!trap([=] {
        CHECK(rmpadjust(page, 0, attributes(7, 1)).is(RmpResult::FailInput));
        CHECK(rmpadjust(page, 0, attributes(0, 1)).is(RmpResult::FailPermission));
    }));
}

RMPADJUST_RULE(rmpadjust_of_an_unmapped_address_is_a_page_fault) {
    const std::uint64_t page = allocate_page();
    entry_of(page) = 0;
    flush_tlb();
    const auto fault = trap([=] { (void)rmpadjust(page, 0, attributes(1, 1)); });
    CHECK(fault && fault->is(Vector::PageFault, 0) && fault->cr2 == page);
}

RMPADJUST_RULE(rmpadjust_at_cpl3_is_gp) {
    const Fault fault =
        run_user({0xf3, 0x0f, 0x01, 0xfe}, {.rax = allocate_page(), .rdx = attributes(1, Permission::read)});
    CHECK(fault.is(Vector::GeneralProtection, 0));
}

RMPADJUST_RULE(rmpadjust_of_a_rescinded_page_is_vc_404) {
    const std::uint64_t page = allocate_page();
    (void)pvalidate(page, 0, 0);
    const auto fault = trap([=] { (void)rmpadjust(page, 0, attributes(1, 1)); });
    CHECK(fault && fault->is_vc(ExitCode::PageNotValidated));
}

RMPADJUST_RULE(rmpadjust_keeps_contents_and_validation) {
    const std::uint64_t page = allocate_page();
    at(page) = 3;
    (void)rmpadjust(page, 0, attributes(3, Permission::all));
    CHECK_EQ(at(page), 3);
    CHECK(pvalidate(page, 0, 1).carry());
}

RMPADJUST_RULE(vmpl1_may_not_adjust_itself_or_vmpl0) {
    const std::uint64_t page = allocate_page();
    (void)rmpadjust(page, 0, attributes(1, Permission::all));
    CHECK_EQ(ask_at_vmpl1(page, attributes(0, Permission::all)), code(RmpResult::FailPermission));
    CHECK_EQ(ask_at_vmpl1(page, attributes(1, Permission::all)), code(RmpResult::FailPermission));
}

RMPADJUST_RULE(vmpl1_grants_what_it_has) {
    const std::uint64_t page = allocate_page();
    (void)rmpadjust(page, 0, attributes(1, Permission::read | Permission::write));
    CHECK_EQ(ask_at_vmpl1(page, attributes(2, Permission::read)), 0);
    CHECK_EQ(ask_at_vmpl1(page, attributes(3, Permission::read | Permission::write)), 0);
}

RMPADJUST_RULE(vmpl1_does_not_grant_what_it_lacks) {
    const std::uint64_t page = allocate_page();
    (void)rmpadjust(page, 0, attributes(1, Permission::read | Permission::execute_user));
    for (const std::uint8_t more : {Permission::write, Permission::execute_supervisor})
        CHECK_EQ(ask_at_vmpl1(page, attributes(2, static_cast<std::uint8_t>(Permission::read | more))),
                 code(RmpResult::FailPermission));
}

RMPADJUST_RULE(vmpl1_makes_no_vmsa) {
    const std::uint64_t page = allocate_page();
    (void)rmpadjust(page, 0, attributes(1, Permission::all));
    CHECK_EQ(ask_at_vmpl1(page, attributes(2, Permission::read, true)), code(RmpResult::FailPermission));
}

RMPADJUST_RULE(vmpl1_adjusts_no_page_that_it_may_not_read) {
    const std::uint64_t page = allocate_page();
    CHECK_EQ(ask_at_vmpl1(page, attributes(2, 0)), 100 + static_cast<std::uint64_t>(Vector::Vc));
}

RMPADJUST_RULE(a_vmsa_of_2m_is_fail_input) {
    const std::uint64_t block = round_down(allocate_page(), large_page_bytes);
    CHECK(rmpadjust(block, 1, attributes(1, 0, true)).is(RmpResult::FailInput));
}

RMPADJUST_RULE(a_vmsa_is_one_until_the_next_rmpadjust_without_the_bit, .ends = "invalid") {
    abi::Vmsa& vmsa = make_vmsa(1, [] {});
    CHECK(seal(vmsa));
    CHECK(unseal(vmsa));
    (void)ap_creation(0, 0, 1, vmsa);
    (void)run_vmpl(1);  // VMRUN refuses a page that is no VMSA
}

RMPADJUST_RULE(rmpadjust_of_a_vmsa_that_runs_is_fail_in_use, .options = "--cpus 2") {
    static constinit volatile std::uint64_t runs = 0, ends = 0;
    abi::Vmsa& vmsa = make_vmsa(0, [] {
        runs = 1;
        while (ends == 0) asm volatile("pause");
    });
    REQUIRE(seal(vmsa) && ap_creation(1, 1, 0, vmsa));
    while (runs == 0) asm volatile("pause");
    const auto page = reinterpret_cast<std::uint64_t>(&vmsa);
    CHECK(rmpadjust(page, 0, attributes(1, 0)).is(RmpResult::FailInUse));
    ends = 1;
}

RULE(rmpadjust_takes_redundant_prefixes, "APM3: Instruction Encoding") {
    std::uint64_t rax = allocate_page();
    asm volatile(".byte 0x2e, 0x66, 0xf3, 0x48, 0x0f, 0x01, 0xfe"
                 : "+a"(rax)
                 : "c"(0), "d"(attributes(1, 1))
                 : "cc");
    CHECK_EQ(rax, 0);
    rax = allocate_page();
    asm volatile(".byte 0xf2, 0xf3, 0x0f, 0x01, 0xfe" : "+a"(rax) : "c"(0), "d"(attributes(1, 1)) : "cc");
    CHECK_EQ(rax, 0);
}

RULE(tlbsync_and_invlpgb_need_cpl0, "APM3: INVLPGB, TLBSYNC") {
    CHECK(run_user({0x0f, 0x01, 0xff}).is(Vector::GeneralProtection, 0));
    CHECK(run_user({0x0f, 0x01, 0xfe}).is(Vector::GeneralProtection, 0));
    CHECK(!trap([] { asm volatile("invlpgb\n tlbsync" : : "a"(0ull), "c"(0ull), "d"(0ull) : "memory"); }));
}

}  // namespace
}  // namespace rules
