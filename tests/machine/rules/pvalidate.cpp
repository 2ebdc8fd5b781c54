// SPDX-License-Identifier: MIT
// PVALIDATE: every code, every flag, every refusal.
#include "base/address.hpp"
#include "tests/machine/lib/code.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using abi::ExitCode, abi::RmpResult, abi::Vector;

constexpr std::uint64_t result_flags =
    abi::Rflags::cf | abi::Rflags::pf | abi::Rflags::af | abi::Rflags::zf | abi::Rflags::sf | abi::Rflags::of;
#define PVALIDATE_RULE(name, ...) RULE(name, "APM3: PVALIDATE" __VA_OPT__(, ) __VA_ARGS__)

PVALIDATE_RULE(pvalidate_rescinds_and_validates) {
    const std::uint64_t page = allocate_page();
    for (const std::uint64_t validity : {0ull, 1ull}) {
        const RmpAnswer answer = pvalidate(page, 0, validity);
        CHECK(answer.is(RmpResult::Success) && !answer.carry());
    }
    at(page) = 1;
}

PVALIDATE_RULE(pvalidate_without_a_change_sets_carry) {
    const std::uint64_t page = allocate_page();
    RmpAnswer answer = pvalidate(page, 0, 1);
    CHECK(answer.is(RmpResult::Success) && answer.carry());
    (void)pvalidate(page, 0, 0);
    answer = pvalidate(page, 0, 0);
    CHECK(answer.is(RmpResult::Success) && answer.carry());
}

PVALIDATE_RULE(pvalidate_flags_follow_the_result) {
    using abi::Rflags;
    const std::uint64_t page = allocate_page();
    CHECK_EQ(pvalidate(page, 0, 0).flags & result_flags, Rflags::zf | Rflags::pf);
    CHECK_EQ(pvalidate(page, 0, 0).flags & result_flags, Rflags::zf | Rflags::pf | Rflags::cf);
    CHECK_EQ(pvalidate(page, 1, 1).flags & result_flags, 0);                                         // 1
    CHECK_EQ(pvalidate(round_down(page, large_page_bytes), 1, 1).flags & result_flags, Rflags::pf);  // 6
}

PVALIDATE_RULE(pvalidate_2m_of_4k_pages_is_size_mismatch) {
    const RmpAnswer answer = pvalidate(round_down(allocate_page(), large_page_bytes), 1, 1);
    CHECK(answer.is(RmpResult::FailSizeMismatch));
}

PVALIDATE_RULE(pvalidate_2m_misaligned_is_fail_input) {
    CHECK(pvalidate(allocate_page(), 1, 1).is(RmpResult::FailInput));
}

PVALIDATE_RULE(pvalidate_looks_at_its_input_before_the_tables) {
    const std::uint64_t page = allocate_page();
    entry_of(page) = 0;
    flush_tlb();
    CHECK(!trap([=] { CHECK(pvalidate(page, 1, 1).is(RmpResult::FailInput)); }));
}

PVALIDATE_RULE(pvalidate_ignores_the_offset_in_the_page) {
    const std::uint64_t page = allocate_page();
    const RmpAnswer answer = pvalidate(page + 0xabc, 0, 0);
    CHECK(answer.is(RmpResult::Success) && !answer.carry());
    CHECK(pvalidate(page, 0, 0).carry());
}

PVALIDATE_RULE(pvalidate_leaves_all_but_rax_and_flags) {
    std::uint64_t rax = allocate_page(), rcx = 0, rdx = 1, rbx = 0x55;
    asm volatile("pvalidate" : "+a"(rax), "+c"(rcx), "+d"(rdx), "+b"(rbx) : : "memory", "cc");
    CHECK_EQ(rax, 0);
    CHECK_EQ(rcx, 0);
    CHECK_EQ(rdx, 1);
    CHECK_EQ(rbx, 0x55);
}

PVALIDATE_RULE(pvalidate_writes_all_of_rax) {
    // An address above 4 GiB: the upper half is zero afterwards.
    const std::uint64_t alias = (2ull << 39) + 0x1000;
    const std::uint64_t table = allocate_page(), second = allocate_page(), third = allocate_page(),
                        page = allocate_page();
    entry_of(alias, 4) = table | c_mask() | 0x27;
    at(table) = second | c_mask() | 0x27;
    at(second) = third | c_mask() | 0x27;
    at(third + 8) = page | c_mask() | 0x67;
    flush_tlb();
    std::uint64_t rax = alias;
    asm volatile("pvalidate" : "+a"(rax) : "c"(0ull), "d"(0ull) : "memory", "cc");
    CHECK_EQ(rax, 0);
    CHECK(pvalidate(page, 0, 0).carry());
}

PVALIDATE_RULE(pvalidate_at_cpl3_is_gp) {
    const Fault fault = run_user({0xf2, 0x0f, 0x01, 0xff}, {.rax = allocate_page(), .rdx = 1});
    CHECK(fault.is(Vector::GeneralProtection, 0));
}

PVALIDATE_RULE(pvalidate_below_vmpl0_is_gp) {
    static constinit std::uint64_t page = 0;
    page = allocate_page();
    CHECK(rmpadjust(page, 0, attributes(1, abi::Permission::all)).is(RmpResult::Success));
    const auto fault = run_at(1, [] { (void)pvalidate(page, 0, 0); });
    CHECK(fault && fault->is(Vector::GeneralProtection, 0));
    CHECK(pvalidate(page, 0, 1).carry());
}

PVALIDATE_RULE(pvalidate_of_an_unmapped_address_is_a_page_fault) {
    const std::uint64_t page = allocate_page();
    entry_of(page) = 0;
    flush_tlb();
    const auto fault = trap([=] { (void)pvalidate(page, 0, 0); });
    CHECK(fault && fault->is(Vector::PageFault, 0));
    CHECK_EQ(fault ? fault->cr2 : 0, page);
}

PVALIDATE_RULE(pvalidate_needs_no_write_permission) {
    const std::uint64_t page = allocate_page();
    entry_of(page) = entry_of(page) & ~2ull;
    flush_tlb();
    CHECK(!pvalidate(page, 0, 0).carry());
}

PVALIDATE_RULE(pvalidate_of_a_non_canonical_address_is_gp) {
    const auto fault = trap([] { (void)pvalidate(1ull << 62, 0, 0); });
    CHECK(fault && fault->is(Vector::GeneralProtection, 0));
}

PVALIDATE_RULE(pvalidate_sets_accessed_and_not_dirty) {
    const std::uint64_t page = allocate_page();
    entry_of(page) = entry_of(page) & ~0x60ull;
    flush_tlb();
    (void)pvalidate(page, 0, 0);
    CHECK_EQ(entry_of(page) & 0x60, 0x20);
}

PVALIDATE_RULE(pvalidate_keeps_the_rights_of_other_levels) {
    static constinit std::uint64_t page = 0;
    page = allocate_page();
    CHECK(rmpadjust(page, 0, attributes(1, abi::Permission::read)).is(RmpResult::Success));
    (void)pvalidate(page, 0, 0);
    (void)pvalidate(page, 0, 1);
    CHECK(!run_at(1, [] { peek(page); }));
    CHECK(run_at(1, [] { at(page) = 1; }).has_value());
}

PVALIDATE_RULE(pvalidate_of_a_page_of_the_hypervisor_does_not_succeed, .options = "--host strict") {
    const std::uint64_t page = allocate_loose();
    const auto fault = trap([=] { (void)pvalidate(page, 0, 1); });
    CHECK(fault && fault->is_vc(ExitCode::PageNotValidated));
}

PVALIDATE_RULE(pvalidate_of_an_address_without_memory_is_vc_400) {
    const auto fault = trap([] { (void)pvalidate(0xf000'0000, 0, 1); });
    CHECK(fault && fault->is_vc(ExitCode::NestedPageFault));
}

RULE(pvalidate_takes_redundant_prefixes, "APM3: Instruction Encoding") {
    const std::uint64_t page = allocate_page();
    std::uint64_t carry = 0, rax = page;
    asm volatile("clc\n .byte 0x66, 0xf2, 0x0f, 0x01, 0xff\n setc %b1"
                 : "+a"(rax), "+b"(carry)
                 : "c"(0), "d"(1)
                 : "cc");
    CHECK(rax == 0 && carry == 1);
    rax = page, carry = 0;
    asm volatile("clc\n .byte 0x3e, 0xf2, 0x48, 0x0f, 0x01, 0xff\n setc %b1"
                 : "+a"(rax), "+b"(carry)
                 : "c"(0), "d"(1)
                 : "cc");
    CHECK(rax == 0 && carry == 1);
    rax = page, carry = 0;
    asm volatile("clc\n .byte 0xf3, 0xf2, 0x0f, 0x01, 0xff\n setc %b1"
                 : "+a"(rax), "+b"(carry)
                 : "c"(0), "d"(1)
                 : "cc");
    CHECK(rax == 0 && carry == 1);  // the last of the two counts
}

RULE(pvalidate_with_lock_is_ud, "APM3: Instruction Encoding") {
    const std::uint64_t page = allocate_page();
    const auto fault = trap([=] {
        asm volatile(".byte 0xf0, 0xf2, 0x0f, 0x01, 0xff" : : "a"(page), "c"(0), "d"(1) : "cc");
    });
    CHECK(fault && fault->is(Vector::InvalidOpcode));
}

RULE(address_size_prefix_takes_32_bits_of_rax, "APM3: Instruction Encoding") {
    const std::uint64_t page = allocate_page();
    std::uint64_t rax = page | 0x5'0000'0000;
    asm volatile(".byte 0x67, 0xf2, 0x0f, 0x01, 0xff" : "+a"(rax) : "c"(0), "d"(0) : "memory", "cc");
    CHECK_EQ(rax, 0);
    CHECK(pvalidate(page, 0, 0).carry());
}

RULE(instructions_of_the_host_are_ud, "APM3: RMPUPDATE, PSMASH, RMPREAD") {
    CHECK(trap([] {
              asm volatile(".byte 0xf2, 0x0f, 0x01, 0xfe" : : "a"(0), "c"(0));
          })->is(Vector::InvalidOpcode));
    CHECK(trap([] { asm volatile(".byte 0xf3, 0x0f, 0x01, 0xff" : : "a"(0)); })->is(Vector::InvalidOpcode));
    CHECK(trap([] { asm volatile(".byte 0xf2, 0x0f, 0x01, 0xfd" : : "a"(0)); })->is(Vector::InvalidOpcode));
}

RULE(rmpquery_is_ud_where_cpuid_has_none, "APM3: RMPQUERY") {
    const std::uint64_t page = allocate_page();
    const auto fault = trap([=] {
        asm volatile(".byte 0xf3, 0x0f, 0x01, 0xfd" : : "a"(page), "c"(0), "d"(1));
    });
    CHECK(fault && fault->is(Vector::InvalidOpcode));
}

}  // namespace
}  // namespace rules
