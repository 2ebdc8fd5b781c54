// SPDX-License-Identifier: MIT
// SVSM_CORE_REMAP_CA: a calling area moves, and nothing else.
#include "tests/unit/svsm/world.hpp"

namespace svsm {
namespace {

class RemapCa : public World {
protected:
    std::uint64_t remap(Gpa target, unsigned cpu = 0) {
        return call(CoreCall::RemapCa, {.rcx = target.value()}, cpu).rax;
    }
    /// The guest's CPU 0 calls through `area` and is served.
    bool is_served_through(Gpa area) {
        m.poke(vmsa(0) + offsetof(abi::Vmsa, rax), core_call(CoreCall::QueryProtocol));
        m.poke(vmsa(0) + offsetof(abi::Vmsa, rcx), std::uint64_t{1});
        m.poke(vmsa(0) + offsetof(abi::Vmsa, guest_exit_code), abi::ExitCode::Vmgexit);
        m.poke(area, std::uint8_t{1});
        serve(0);
        return pending(area) == 0 && registers(0).rcx == 0x0000'0001'0000'0001;
    }
    void expect_refused(Gpa target, SvsmError error) {
        EXPECT_EQ(remap(target), code(error)) << std::hex << target.value();
        EXPECT_EQ(slot(0).calling_area, calling_area(0));
        EXPECT_TRUE(is_served_through(calling_area(0)));
    }
};

TEST_F(RemapCa, moves_the_calling_area) {
    m.poke(page_a, std::uint64_t{0x0101'0101'0101'0101});  // stale: a call seems to be pending
    EXPECT_EQ(remap(page_a), abi::svsm_success);
    EXPECT_EQ(pending(calling_area(0)), 0) << "the answer goes to the old area";
    EXPECT_EQ(pending(page_a), 0) << "no call is pending in the new one";
    EXPECT_TRUE(is_served_through(page_a));
}

TEST_F(RemapCa, the_old_area_is_left_alone_afterwards) {
    EXPECT_EQ(remap(page_a), abi::svsm_success);
    m.poke(calling_area(0), std::uint8_t{1});
    EXPECT_TRUE(is_served_through(page_a));
    EXPECT_EQ(pending(calling_area(0)), 1);
}

TEST_F(RemapCa, the_old_area_becomes_an_ordinary_page) {
    EXPECT_EQ(remap(page_a), abi::svsm_success);
    EXPECT_FALSE(is_private(calling_area(0)));
    EXPECT_TRUE(is_private(page_a));
    EXPECT_EQ(remap(calling_area(0), 1), abi::svsm_success) << "another vCPU may have it now";
}

TEST_F(RemapCa, the_old_area_may_be_rescinded) {
    EXPECT_EQ(remap(page_a), abi::svsm_success);
    m.poke(list_page, abi::PvalidateHeader{1, 0, 0});
    m.poke(list_page + 8, calling_area(0).value());
    EXPECT_EQ(result_of(CoreCall::Pvalidate, list_page.value()), abi::svsm_success);
    EXPECT_FALSE(m.entry(calling_area(0)).validated);
    EXPECT_TRUE(is_served_through(page_a));
}

TEST_F(RemapCa, moves_only_the_callers_area) {
    EXPECT_EQ(remap(page_a, 1), abi::svsm_success);
    EXPECT_EQ(slot(0).calling_area, calling_area(0));
    EXPECT_TRUE(is_served_through(calling_area(0)));
}

// Another vCPU gives this one a new VMSA in the middle of its call: the new one keeps the area that
// its creator chose.
TEST_F(RemapCa, does_not_move_the_area_of_the_callers_successor) {
    request(0, {core_call(CoreCall::RemapCa), page_a.value()});
    bool is_replaced = false;
    m.between = [&](Step step) {
        if (step != Step::CompareExchange || is_replaced) return;
        is_replaced = true;
        write_vmsa(page_b);
        const Registers in{core_call(CoreCall::CreateVcpu), page_b.value(), page_c.value(), apic_ids[0]};
        EXPECT_EQ(call(1, in).rax, abi::svsm_success);
    };
    serve(0);
    EXPECT_TRUE(is_replaced);
    EXPECT_EQ(m.peek<abi::Vmsa>(vmsa(0)).rax, code(SvsmError::InvalidRequest));
    EXPECT_EQ(slot(0).calling_area, page_c);
    EXPECT_TRUE((guest.pages.object(page_c) == Object{ObjectKind::CallingArea, Vmpl1, 0}));
    EXPECT_FALSE(is_private(page_a));
}

TEST_F(RemapCa, touches_eight_bytes_of_the_new_page) {
    m.fill({page_a, page_b}, 0x77);
    EXPECT_EQ(remap(page_a), abi::svsm_success);
    EXPECT_TRUE(m.is_filled_with({page_a + 8, page_b}, 0x77));
}

TEST_F(RemapCa, to_the_area_in_use_succeeds) {
    EXPECT_EQ(remap(calling_area(0)), abi::svsm_success);
    EXPECT_EQ(pending(calling_area(0)), 0);
    EXPECT_TRUE(is_served_through(calling_area(0)));
    EXPECT_TRUE(is_private(calling_area(0)));
}

TEST_F(RemapCa, back_and_forth_leaks_nothing) {
    for (unsigned i = 0; i < 600; ++i) ASSERT_EQ(remap(i % 2 == 0 ? page_a : page_b), abi::svsm_success) << i;
    EXPECT_TRUE(is_served_through(page_b));
}

TEST_F(RemapCa, a_misaligned_address_is_an_invalid_parameter) {
    for (const std::uint64_t offset : {1u, 8u, 0x800u, 0xfffu})
        expect_refused(page_a + offset, SvsmError::InvalidParameter);
}

TEST_F(RemapCa, memory_of_the_svsm_is_an_invalid_address) {
    expect_refused(svsm_region.begin, SvsmError::InvalidAddress);
    expect_refused(svsm_region.end - page_bytes, SvsmError::InvalidAddress);
}

TEST_F(RemapCa, an_active_vmsa_is_an_invalid_address) {
    expect_refused(vmsa(0), SvsmError::InvalidAddress);
    expect_refused(vmsa(1), SvsmError::InvalidAddress);
}

TEST_F(RemapCa, another_vcpus_area_is_an_invalid_address) {
    expect_refused(calling_area(1), SvsmError::InvalidAddress);
}

TEST_F(RemapCa, what_is_no_ram_is_an_invalid_address) {
    expect_refused(memory_end, SvsmError::InvalidAddress);
    expect_refused(Gpa{1ull << sim::Machine::c_bit} + page_a.value(), SvsmError::InvalidAddress);
    expect_refused(Gpa{1ull << 52}, SvsmError::InvalidAddress);
    expect_refused(Gpa{~0xfffull}, SvsmError::InvalidAddress);
}

TEST_F(RemapCa, a_page_that_cannot_be_reached_is_an_invalid_address) {
    expect_refused(unvalidated_page, SvsmError::InvalidAddress);
    expect_refused(shared_page, SvsmError::InvalidAddress);
    EXPECT_FALSE(is_private(unvalidated_page));
}

TEST_F(RemapCa, a_page_that_vanishes_during_the_call_is_an_invalid_address) {
    m.between = [&](Step step) {
        if (step == Step::GuestWrite && m.entry(page_a).assigned) m.host_takes(page_a);
    };
    expect_refused(page_a, SvsmError::InvalidAddress);
}

TEST_F(RemapCa, changes_no_register_but_rax) {
    const Registers in{.rcx = page_a.value(), .rdx = 2, .r8 = 3, .r9 = 4};
    EXPECT_EQ(call(CoreCall::RemapCa, in), in);
}

}  // namespace
}  // namespace svsm
