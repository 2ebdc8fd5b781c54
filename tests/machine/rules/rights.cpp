// SPDX-License-Identifier: MIT
// What a VMPL may do with a page, each kind of access, at VMPL1.
#include "base/address.hpp"
#include "tests/machine/lib/code.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using abi::ExitCode, abi::Permission, abi::RmpResult, abi::Vector;

#define RIGHTS_RULE(name, ...) RULE(name, "APM2: VMPL Permission Checks" __VA_OPT__(, ) __VA_ARGS__)

constinit std::uint64_t page = 0;
void read_page() { peek(page); }
void write_page() { at(page) = 2; }
void run_page() { call(page); }

/// A fresh page of code (RET) with these rights of VMPL1.
void take_page(std::uint8_t rights) {
    page = make_code({});
    CHECK(rmpadjust(page, 0, attributes(1, rights)).is(RmpResult::Success));
}
bool is_refused(const std::optional<Fault>& fault) {
    return fault && fault->is_vc(ExitCode::NestedPageFault);
}

RIGHTS_RULE(without_rights_nothing_is_allowed) {
    take_page(Permission::none);
    CHECK(is_refused(run_at(1, read_page)));
    CHECK(is_refused(run_at(1, write_page)));
    CHECK(is_refused(run_at(1, run_page)));
}

RIGHTS_RULE(a_page_of_the_launch_is_vmpl0s_alone) {
    page = allocate_page();
    CHECK(is_refused(run_at(1, read_page)));
}

RIGHTS_RULE(a_new_page_is_vmpl0s_alone_whatever_its_predecessor_was) {
    page = allocate_page();
    (void)rmpadjust(page, 0, attributes(1, Permission::all));
    CHECK(!run_at(1, read_page));
    // The host takes it and gives it back.
    (void)pvalidate(page, 0, 0);
    CHECK(ghcb::change_page(page, abi::PscOperation::Shared) &&
          ghcb::change_page(page, abi::PscOperation::Private));
    (void)pvalidate(page, 0, 1);
    CHECK(is_refused(run_at(1, read_page)));
}

RIGHTS_RULE(read_is_no_write) {
    take_page(Permission::read);
    CHECK(!run_at(1, read_page));
    CHECK(is_refused(run_at(1, write_page)));
    CHECK(at(page) != 2);
}

RIGHTS_RULE(read_is_no_execute) {
    take_page(Permission::read | Permission::write);
    CHECK(is_refused(run_at(1, run_page)));
    CHECK(!run_at(1, write_page));
}

RIGHTS_RULE(supervisor_execution_is_a_right) {
    take_page(Permission::read | Permission::execute_supervisor);
    CHECK(!run_at(1, run_page));
    CHECK(is_refused(run_at(1, write_page)));
}

RIGHTS_RULE(user_execution_is_none_at_cpl0) {
    take_page(Permission::read | Permission::execute_user);
    CHECK(is_refused(run_at(1, run_page)));
}

RIGHTS_RULE(a_page_executes_without_read) {
    take_page(Permission::execute_supervisor);
    CHECK(!run_at(1, run_page));
}

RIGHTS_RULE(a_page_without_read_is_not_read_before_it_was_executed) {
    take_page(Permission::execute_supervisor);
    CHECK(is_refused(run_at(1, read_page)));
}

RIGHTS_RULE(a_page_is_written_without_read) {
    take_page(Permission::write);
    CHECK(!run_at(1, [] { at(page) = 9; }));
    CHECK_EQ(at(page), 9);
}

RIGHTS_RULE(rights_of_one_level_are_not_those_of_another) {
    take_page(Permission::all);
    open_memory(2);
    CHECK(!run_at(1, read_page));
    CHECK(is_refused(run_at(2, read_page)));
}

RIGHTS_RULE(rights_that_were_taken_are_gone) {
    take_page(Permission::all);
    CHECK(!run_at(1, write_page));
    (void)rmpadjust(page, 0, attributes(1, Permission::read));
    CHECK(is_refused(run_at(1, write_page)));
    (void)rmpadjust(page, 0, attributes(1, Permission::none));
    CHECK(is_refused(run_at(1, read_page)));
}

RIGHTS_RULE(rights_that_vmpl1_grants_hold) {
    take_page(Permission::all);
    CHECK(!run_at(1, [] { (void)rmpadjust(page, 0, attributes(2, Permission::read)); }));
    CHECK(!run_at(2, read_page));
    CHECK(is_refused(run_at(2, write_page)));
}

RIGHTS_RULE(a_save_area_is_written_while_it_rests) {
    abi::Vmsa& vmsa = make_vmsa(1, [] {});
    CHECK(seal(vmsa));
    CHECK(!trap([&] { at(reinterpret_cast<std::uint64_t>(&vmsa.r15)) = 5; }));
}

RIGHTS_RULE(a_level_does_not_write_the_save_area_on_which_it_runs) {
    open_memory(1);
    abi::Vmsa& vmsa = make_vmsa(1, write_page);
    page = reinterpret_cast<std::uint64_t>(&vmsa);
    CHECK(
        rmpadjust(page, 0, attributes(1, Permission::read | Permission::write, true)).is(RmpResult::Success));
    CHECK(is_refused(run_at(1, vmsa)));
}

RIGHTS_RULE(a_write_to_a_save_area_that_runs_waits_until_it_rests, .options = "--cpus 2 --host strict") {
    static constinit volatile std::uint64_t runs = 0, has_ended = 0;
    abi::Vmsa& vmsa = make_vmsa(0, [] {
        runs = 1;
        for (unsigned i = 0; i < 20'000'000; ++i) asm volatile("");
        has_ended = 1;
    });
    page = reinterpret_cast<std::uint64_t>(&vmsa.r15);
    at(page) = 4;  // mapped and writable from now on
    REQUIRE(seal(vmsa) && ap_creation(1, 1, 0, vmsa));
    while (runs == 0) asm volatile("pause");
    CHECK(!trap(read_page));
    CHECK(!trap(write_page));
    CHECK_EQ(has_ended, 1);
    CHECK_EQ(at(page), 2);
}

}  // namespace
}  // namespace rules
