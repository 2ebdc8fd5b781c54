// SPDX-License-Identifier: MIT
// The CPU's own walk in every paging mode: PVALIDATE on a second vCPU that runs 32-bit code.
#include "abi/x86/paging.hpp"
#include "base/address.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

extern "C" std::uint64_t rules_compat_pvalidate(std::uint32_t page);
extern "C" char rules_protected_mode[];

namespace rules {
namespace {

using abi::Pte;

struct Answer {
    std::uint32_t eax, carry, is_done;
};

/// Runs rules_protected_mode on vCPU 1 with paging as these registers say; the answer, or is_done == 0.
Answer run_protected(std::uint64_t page, std::uint64_t cr0, std::uint64_t cr3, std::uint64_t cr4) {
    constexpr std::uint16_t code32 = 0xc9b, data32 = 0xc93;
    const std::uint64_t answer = allocate_page();
    abi::Vmsa& vmsa = make_vmsa(0, [] {});
    vmsa.cs = {Selector::code32, code32, ~0u, 0};
    vmsa.ds = vmsa.es = vmsa.ss = {Selector::data, data32, ~0u, 0};
    vmsa.gs = vmsa.fs = vmsa.ds;
    vmsa.efer = abi::Efer::svme;
    vmsa.cr0 = abi::Cr0::pe | abi::Cr0::et | cr0;
    vmsa.cr3 = cr3;
    vmsa.cr4 = cr4;
    vmsa.rip = reinterpret_cast<std::uint64_t>(rules_protected_mode);
    vmsa.rdi = page;
    vmsa.rsi = answer;
    REQUIRE(seal(vmsa) && ap_creation(1, 1, 0, vmsa));
    for (unsigned i = 0; i < 30'000'000 && at<std::uint32_t>(answer + 8) == 0; ++i) asm volatile("pause");
    return {at<std::uint32_t>(answer), at<std::uint32_t>(answer + 4), at<std::uint32_t>(answer + 8)};
}
void check(const Answer& answer, std::uint64_t page) {
    CHECK_EQ(answer.is_done, 1);
    CHECK(answer.eax == 0 && answer.carry == 0);
    CHECK(pvalidate(page, 0, 0).carry());  // it is rescinded
}

RULE(pvalidate_in_compatibility_mode, "APM3: PVALIDATE") {
    const std::uint64_t page = allocate_page();
    CHECK_EQ(rules_compat_pvalidate(static_cast<std::uint32_t>(page)), 0);
    CHECK_EQ(rules_compat_pvalidate(static_cast<std::uint32_t>(page)), 1ull << 32);
}

RULE(pvalidate_without_paging, "APM2: Encrypted Memory, Paging Off", .options = "--cpus 2") {
    const std::uint64_t page = allocate_page();
    check(run_protected(page, 0, 0, 0), page);
}

RULE(pvalidate_with_pae_paging, "APM2: Legacy Page Translation", .options = "--cpus 2") {
    const std::uint64_t page = allocate_page(), pointers = allocate_page(), directory = allocate_page(),
                        table = allocate_page();
    at(pointers) = directory | c_mask() | Pte::present;
    for (std::uint64_t i = 0; i < abi::page_table_entries; ++i)
        at(directory + 8 * i) = i * large_page_bytes | c_mask() | Pte::present | Pte::writable | Pte::large;
    const std::uint64_t block = round_down(page, large_page_bytes);
    for (std::uint64_t i = 0; i < abi::page_table_entries; ++i)
        at(table + 8 * i) = (block + i * page_bytes) | c_mask() | Pte::present | Pte::writable;
    at(directory + 8 * (block / large_page_bytes)) = table | c_mask() | Pte::present | Pte::writable;
    check(run_protected(page, abi::Cr0::pg, pointers, abi::Cr4::pae), page);
    CHECK_EQ(at(table + 8 * ((page - block) / page_bytes)) & 0x60, 0x20);
}

RULE(pvalidate_with_32_bit_paging_where_all_is_private, "APM2: Encrypted Memory, Legacy Paging",
     .options = "--cpus 2") {
    constexpr std::uint64_t pse = 1 << 4, four_mib = 4ull << 20;
    const std::uint64_t page = allocate_page(), directory = allocate_page();
    for (std::uint64_t i = 0; i < 1024; ++i)
        at<std::uint32_t>(directory + 4 * i) = static_cast<std::uint32_t>(i * four_mib | 0x83);
    check(run_protected(page, abi::Cr0::pg, directory, pse), page);
    CHECK(at<std::uint32_t>(directory + 4 * (page / four_mib)) & Pte::accessed);
}

}  // namespace
}  // namespace rules
