// SPDX-License-Identifier: MIT
// What KVM does about accesses that the RMP refuses, and what the strict host does about the same.
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using abi::ExitCode, abi::Permission, abi::RmpResult;

constexpr std::uint64_t mark = 0x1122'3344'5566'7788;

/// The page as it is seen without its C-bit.
volatile std::uint64_t& shared_at(std::uint64_t page) { return at(shared(page)); }

RULE(kvm_gives_the_page_that_is_touched_privately, "KVM: KVM_EXIT_MEMORY_FAULT", .options = "--host kvm") {
    const std::uint64_t page = allocate_loose();
    const auto fault = trap([&] { peek(page); });
    CHECK(fault && fault->is_vc(ExitCode::PageNotValidated));
    CHECK(pvalidate(page, 0, 1).is(RmpResult::Success));
    at(page) = mark;
    CHECK_EQ(at(page), mark);
}

RULE(kvm_gives_the_page_that_pvalidate_names, "KVM: KVM_EXIT_MEMORY_FAULT", .options = "--host kvm") {
    const std::uint64_t page = allocate_loose();
    const RmpAnswer answer = pvalidate(page, 0, 1);
    CHECK(answer.is(RmpResult::Success) && !answer.carry());
    at(page) = mark;
    CHECK_EQ(at(page), mark);
}

RULE(kvm_takes_the_page_that_is_written_without_c_bit, "KVM: KVM_EXIT_MEMORY_FAULT",
     .options = "--host kvm") {
    const std::uint64_t page = allocate_page();
    at(page) = mark;
    const auto fault = trap([&] { shared_at(page) = 5; });
    CHECK(!fault);
    CHECK_EQ(shared_at(page), 5);
    const auto lost = trap([&] { peek(page); });
    CHECK(lost && lost->is_vc(ExitCode::PageNotValidated));
}

RULE(a_read_without_c_bit_finds_ciphertext, "APM2: Encrypted Memory", .options = "--host kvm") {
    const std::uint64_t page = allocate_page();
    at(page) = mark;
    std::uint64_t seen = mark;
    const auto fault = trap([&] { seen = shared_at(page); });
    CHECK(!fault);
    CHECK(seen != mark);
    CHECK_EQ(at(page), mark);
}

RULE(kvm_has_no_private_memory_in_a_hole, "KVM: KVM_EXIT_MEMORY_FAULT", .ends = "fault",
     .options = "--host kvm") {
    peek(0xfee0'0000);
}

RULE(strict_reports_a_private_touch, "ADR 0005") {
    const std::uint64_t page = allocate_loose();
    const auto fault = trap([&] { peek(page); });
    CHECK(fault && fault->is_vc(ExitCode::PageNotValidated));
    const auto named = trap([&] { (void)pvalidate(page, 0, 1); });
    CHECK(named && named->is_vc(ExitCode::PageNotValidated));
}

RULE(strict_reports_accesses_without_c_bit, "ADR 0005") {
    const std::uint64_t page = allocate_page();
    const auto written = trap([&] { shared_at(page) = 5; });
    CHECK(written && written->is_vc(ExitCode::NestedPageFault));
    const auto read = trap([&] { peek(shared(page)); });
    CHECK(read && read->is_vc(ExitCode::NestedPageFault));
}

}  // namespace
}  // namespace rules
