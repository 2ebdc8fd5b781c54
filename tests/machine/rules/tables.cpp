// SPDX-License-Identifier: MIT
// Walks of page tables and fetches of instructions, which are private whatever the C-bit says.
#include "abi/x86/paging.hpp"
#include "base/address.hpp"
#include "tests/machine/lib/code.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using abi::ExitCode, abi::Permission, abi::Pte;

constexpr std::uint64_t link = Pte::present | Pte::writable | Pte::accessed, leaf = link | Pte::dirty;
/// An address of which nothing is mapped at the launch.
constexpr std::uint64_t elsewhere = 2ull << 39;

/// Maps `elsewhere` to `page` through three tables of its own, the last of which is `table`.
void map_elsewhere(std::uint64_t page_entry, std::uint64_t table) {
    const std::uint64_t level3 = allocate_page(), level2 = allocate_page();
    entry_of(elsewhere, 4) = level3 | c_mask() | link;
    at(level3) = level2 | c_mask() | link;
    at(level2) = table | c_mask() | link;
    at(table) = page_entry;
    flush_tlb();
}

/// Clears the C-bit of every entry of `level` that points to a table.
void clear_c_bit(std::uint64_t root, unsigned level) {
    for (const std::uint64_t va :
         {0ull, 1ull << 30, 32ull << 20, 24ull << 20, 22ull << 20, 16ull << 20, 20ull << 20}) {
        volatile std::uint64_t& entry = entry_in(root, va, level);
        if ((entry & Pte::large) == 0) entry = entry & ~c_mask();
    }
}

RULE(cr3_reads_back_as_written, "APM2: CR3 Register") {
    for (const std::uint64_t flags : {std::uint64_t{0}, c_mask()}) {
        write_cr3(info().tables | flags);
        at(allocate_page()) = 1;  // a walk
        CHECK_EQ(read_cr3(), info().tables | flags);
    }
}

RULE(root_is_walked_privately_without_its_c_bit, "APM2: Page Table Walks of Encrypted Guests") {
    write_cr3(copy_tables());
    at(allocate_page()) = 1;
    CHECK_EQ(read_cr3() & c_mask(), 0);
}

RULE(tables_are_walked_privately_without_their_c_bit, "APM2: Page Table Walks of Encrypted Guests") {
    for (const unsigned level : {4u, 3u, 2u}) {
        const std::uint64_t root = copy_tables();
        clear_c_bit(root, level);
        write_cr3(root | c_mask());
        const std::uint64_t page = allocate_page();
        at(page) = level;
        CHECK_EQ(at(page), level);
    }
}

RULE(tables_without_any_c_bit_take_changes, "APM2: Page Table Walks of Encrypted Guests") {
    const std::uint64_t root = copy_tables(), page = allocate_page(), other = allocate_page();
    for (const unsigned level : {4u, 3u, 2u}) clear_c_bit(root, level);
    write_cr3(root);
    at(page) = 1;
    at(other) = 2;
    entry_in(root, page) = other | c_mask() | leaf;  // written through the private map, read by the walk
    flush_tlb();
    CHECK_EQ(at(page), 2);
}

RULE(table_in_a_page_of_the_hypervisor_is_not_walked, "APM2: RMP Access Checks", .options = "--host strict") {
    const std::uint64_t table = allocate_large();  // far from the pages that the program shares
    const std::uint64_t level3 = allocate_page(), level2 = allocate_page();
    entry_of(elsewhere, 4) = level3 | c_mask() | link;
    at(level3) = level2 | c_mask() | link;
    at(level2) = table | link;
    flush_tlb();
    const auto fault = trap([] { peek(elsewhere); });
    CHECK(fault && fault->is_vc(ExitCode::PageNotValidated));
}

RULE(rescinded_table_is_vc_404, "APM2: Page Validation") {
    const std::uint64_t table = allocate_page();
    map_elsewhere(allocate_page() | c_mask() | leaf, table);
    at(elsewhere) = 1;
    (void)pvalidate(table, 0, 0);
    flush_tlb();
    const auto fault = trap([] { peek(elsewhere); });
    CHECK(fault && fault->is_vc(ExitCode::PageNotValidated));
}

RULE(rescinded_table_is_vc_404_without_c_bits, "APM2: Page Validation") {
    const std::uint64_t table = allocate_page();
    map_elsewhere(allocate_page() | c_mask() | leaf, table);
    volatile std::uint64_t& pointer = entry_of(elsewhere, 2);
    pointer = pointer & ~c_mask();
    flush_tlb();
    at(elsewhere) = 1;
    (void)pvalidate(table, 0, 0);
    flush_tlb();
    const auto fault = trap([] { peek(elsewhere); });
    CHECK(fault && fault->is_vc(ExitCode::PageNotValidated));
}

RULE(root_may_lie_at_address_0, "APM2: CR3 Register", .image = "--page-0") {
    const std::uint64_t root = copy_tables();
    asm volatile("rep movsq" : : "S"(root), "D"(0ull), "c"(512ull) : "memory");
    write_cr3(c_mask());
    at(allocate_page()) = 1;
    CHECK(!trap([] { (void)pvalidate(allocate_page(), 0, 0); }));  // the CPU's own walk
    CHECK_EQ(read_cr3(), c_mask());
}

RULE(fetch_through_a_map_without_c_bit_is_private, "APM2: Instruction Fetches of Encrypted Guests") {
    map_elsewhere(make_code({}) | leaf, allocate_page());
    CHECK(!trap([] { call(elsewhere); }));
}

RULE(fetch_from_a_page_of_the_hypervisor_is_refused, "APM2: Instruction Fetches of Encrypted Guests",
     .options = "--host strict") {
    const std::uint64_t page = allocate_loose();
    at<std::uint8_t>(shared(page)) = 0xc3;
    const auto fault = trap([=] { call(shared(page)); });
    CHECK(fault && fault->is_vc(ExitCode::PageNotValidated));
}

RULE(large_entry_faults_only_where_a_page_is_not_validated, "APM2: Page Validation") {
    const std::uint64_t page = allocate_page(), block = round_down(page, large_page_bytes);
    entry_of(elsewhere, 4) = allocate_page() | c_mask() | link;
    const std::uint64_t level2 = allocate_page();
    at(entry_of(elsewhere, 4) & Pte::address_mask & ~c_mask()) = level2 | c_mask() | link;
    at(level2) = block | c_mask() | leaf | Pte::large;
    const std::uint64_t hole = allocate_page();
    (void)pvalidate(hole, 0, 0);
    flush_tlb();
    at(elsewhere + (page - block)) = 1;
    const bool is_same_block = round_down(hole, large_page_bytes) == block;
    const auto fault = trap([=] { peek(elsewhere + (hole - block)); });
    CHECK(!is_same_block || (fault && fault->is_vc(ExitCode::PageNotValidated)));
}

RULE(walk_sets_accessed_and_dirty, "APM2: Page-Translation-Table Entry Fields") {
    const std::uint64_t page = allocate_page();
    entry_of(page) = entry_of(page) & ~0x60ull;
    flush_tlb();
    peek(page);
    CHECK_EQ(entry_of(page) & 0x60, 0x20);
    at(page) = 1;
    CHECK_EQ(entry_of(page) & 0x60, 0x60);
}

RULE(frame_of_vc_sets_accessed_and_dirty, "APM2: Page-Translation-Table Entry Fields") {
    const std::uint64_t stack =
        allocate_pages(2) + page_bytes;  // the frame above, the handler's own pushes below
    constexpr std::uint64_t frame = 6 * 8;
    entry_of(stack) = entry_of(stack) & ~0x60ull;
    flush_tlb();
    const auto fault = trap([=] {
        asm volatile("mov %0, %%rsp\n xor %%eax, %%eax\n cpuid"
                     :
                     : "r"(stack + frame)
                     : "rax", "rbx", "rcx", "rdx");
    });
    CHECK(fault && fault->is_vc(ExitCode::Cpuid));
    CHECK_EQ(entry_of(stack) & 0x60, 0x60);
}

/// Tables of VMPL1 for `elsewhere`, the last of which has these rights.
constinit std::uint64_t last_table = 0;
void open_elsewhere(std::uint8_t table_rights) {
    open_memory(1);
    last_table = allocate_page();
    const std::uint64_t page = allocate_page();
    map_elsewhere(page | c_mask() | leaf, last_table);
    const std::uint64_t level3 = entry_of(elsewhere, 4) & Pte::address_mask & ~c_mask();
    const std::uint64_t level2 = at(level3) & Pte::address_mask & ~c_mask();
    for (const std::uint64_t each : {level3, level2, page})
        (void)rmpadjust(each, 0, attributes(1, Permission::read | Permission::write));
    (void)rmpadjust(last_table, 0, attributes(1, table_rights));
}

RULE(vmpl1_walks_tables_that_it_may_only_read, "APM2: VMPL Permission Checks") {
    open_elsewhere(Permission::read);
    CHECK(!run_at(1, [] { at(elsewhere) = 1; }));
}

RULE(vmpl1_walks_no_table_that_it_may_not_read, "APM2: VMPL Permission Checks") {
    open_elsewhere(Permission::none);
    const auto fault = run_at(1, [] { peek(elsewhere); });
    CHECK(fault && fault->is_vc(ExitCode::NestedPageFault));
}

RULE(vmpl1_does_not_write_a_table_that_it_only_reads_before_it_is_walked, "APM2: VMPL Permission Checks") {
    open_elsewhere(Permission::read);
    const auto fault = run_at(1, [] { at(last_table) = 0; });
    CHECK(fault && fault->is_vc(ExitCode::NestedPageFault));
}

RULE(vmpl1_runs_on_tables_that_it_may_only_read, "APM2: VMPL Permission Checks") {
    open_memory(1);
    const std::uint64_t root = copy_tables();
    for (std::uint64_t i = 0; i < info().table_pages; ++i)
        (void)rmpadjust(root + i * page_bytes, 0, attributes(1, Permission::read));
    abi::Vmsa& vmsa = make_vmsa(1, [] {});
    vmsa.cr3 = root | c_mask();
    REQUIRE(seal(vmsa));
    CHECK(!run_at(1, vmsa));
}

}  // namespace
}  // namespace rules
