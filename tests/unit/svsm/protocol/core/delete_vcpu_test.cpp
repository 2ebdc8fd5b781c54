// SPDX-License-Identifier: MIT
// SVSM_CORE_DELETE_VCPU: a VMSA becomes the guest's page again, or nothing changes.
#include "tests/unit/svsm/protocol/core/pvalidate_fixture.hpp"

namespace svsm {
namespace {

class DeleteVcpu : public PvalidateWorld {
protected:
    using PvalidateWorld::PvalidateWorld;

    std::uint64_t remove(Gpa at, unsigned caller = 0) {
        return call(CoreCall::DeleteVcpu, {.rcx = at.value()}, caller).rax;
    }
    void expect_refused(Gpa at, SvsmError error, unsigned caller = 0) {
        const auto efer = m.peek<std::uint64_t>(vmsa(1) + offsetof(abi::Vmsa, efer));
        EXPECT_EQ(remove(at, caller), code(error)) << std::hex << at.value();
        EXPECT_TRUE(slot(1).present);
        EXPECT_TRUE(is_private(vmsa(1)) && is_private(calling_area(1)));
        EXPECT_TRUE(m.entry(vmsa(1)).vmsa);
        EXPECT_EQ(m.peek<std::uint64_t>(vmsa(1) + offsetof(abi::Vmsa, efer)), efer) << "it may run again";
    }
    std::uint64_t create(Gpa at, Gpa area, unsigned cpu, Vmpl vmpl, unsigned caller = 0) {
        write_vmsa(at);
        m.poke(at + offsetof(abi::Vmsa, vmpl), vmpl);
        return call(CoreCall::CreateVcpu, {.rcx = at.value(), .rdx = area.value(), .r8 = apic_ids[cpu]},
                    caller)
            .rax;
    }
};

TEST_F(DeleteVcpu, gives_the_page_back_with_all_rights_of_the_callers_level) {
    EXPECT_EQ(remove(vmsa(1)), abi::svsm_success);
    EXPECT_FALSE(m.entry(vmsa(1)).vmsa);
    EXPECT_TRUE(owns_fully(Vmpl1, vmsa(1)));
    EXPECT_FALSE(m.rmp_allows(Vmpl2, Read, vmsa(1)));
    EXPECT_TRUE(is_stopped(vmsa(1))) << "a new VMSA in this page must set SVME itself";
}

TEST_F(DeleteVcpu, makes_vmsa_and_calling_area_ordinary_pages) {
    EXPECT_EQ(remove(vmsa(1)), abi::svsm_success);
    EXPECT_FALSE(slot(1).present);
    EXPECT_FALSE(is_private(vmsa(1)) || is_private(calling_area(1)));
    EXPECT_EQ(run({rescind(vmsa(1)), rescind(calling_area(1))}), abi::svsm_success);
}

TEST_F(DeleteVcpu, of_a_vcpu_that_has_called_frees_its_calling_area_too) {
    serve(1);  // its windows map both pages
    EXPECT_EQ(remove(vmsa(1)), abi::svsm_success);
    EXPECT_FALSE(is_private(vmsa(1)) || is_private(calling_area(1)));
}

// Its CPU still maps both pages. After it wakes it must not write into them.
TEST_F(DeleteVcpu, the_deleted_vcpus_cpu_touches_nothing_any_more) {
    serve(1);
    request(1, {core_call(CoreCall::QueryProtocol), 1});
    EXPECT_EQ(remove(vmsa(1)), abi::svsm_success);
    m.fill({vmsa(1), vmsa(1) + 2 * page_bytes}, 1);
    EXPECT_EQ(serve(1), std::nullopt) << "nothing to run there";
    EXPECT_TRUE(m.is_filled_with({vmsa(1), vmsa(1) + 2 * page_bytes}, 1));
}

TEST_F(DeleteVcpu, works_again_and_again) {
    for (unsigned i = 0; i < 100; ++i) {
        ASSERT_EQ(create(page_a, page_b, 2, Vmpl1), abi::svsm_success) << i;
        ASSERT_EQ(remove(page_a), abi::svsm_success) << i;
    }
    EXPECT_FALSE(is_private(page_a) || is_private(page_b));
}

TEST_F(DeleteVcpu, what_was_deleted_cannot_be_deleted_again) {
    EXPECT_EQ(remove(vmsa(1)), abi::svsm_success);
    EXPECT_EQ(remove(vmsa(1)), code(SvsmError::InvalidParameter));
}

TEST_F(DeleteVcpu, refuses_what_is_no_vmsa) {
    for (const Gpa page : {page_a, calling_area(1), calling_area(0), svsm_region.begin, unvalidated_page,
                           shared_page, memory_end, Gpa{0}, Gpa{1ull << 52}, Gpa{~0xfffull}})
        expect_refused(page, SvsmError::InvalidParameter);
    expect_refused(Gpa{1ull << sim::Machine::c_bit} + vmsa(1).value(), SvsmError::InvalidParameter);
}

TEST_F(DeleteVcpu, refuses_a_misaligned_address) {
    for (const std::uint64_t offset : {1u, 8u, 0x800u, 0xfffu})
        expect_refused(vmsa(1) + offset, SvsmError::InvalidParameter);
}

TEST_F(DeleteVcpu, refuses_the_startup_vmsa) {
    expect_refused(vmsa(0), SvsmError::InvalidParameter);
    expect_refused(vmsa(0), SvsmError::InvalidParameter, 1);
    EXPECT_TRUE(m.entry(vmsa(0)).vmsa);
    EXPECT_TRUE(slot(0).present);
}

TEST_F(DeleteVcpu, refuses_a_vmsa_that_runs) {
    m.set_in_use(vmsa(1), true);
    expect_refused(vmsa(1), SvsmError::FailInUse);
    m.set_in_use(vmsa(1), false);
    EXPECT_EQ(remove(vmsa(1)), abi::svsm_success);
}

// A store to it would not fail on silicon: it would wait until the host stops that vCPU.
TEST_F(DeleteVcpu, does_not_touch_a_vmsa_that_runs) {
    m.set_in_use(vmsa(1), true);
    request(0, {core_call(CoreCall::DeleteVcpu), vmsa(1).value()});
    const auto before = m.peek<abi::Vmsa>(vmsa(1));
    m.between = [&](Step) { EXPECT_FALSE(is_stopped(vmsa(1))); };
    serve(0);
    m.between = nullptr;
    const auto after = m.peek<abi::Vmsa>(vmsa(1));
    EXPECT_EQ(std::memcmp(&before, &after, sizeof before), 0);
    EXPECT_EQ(registers(0).rax, code(SvsmError::FailInUse));
    m.set_in_use(vmsa(1), false);
}

// A guest can ask again and again: the vCPU concerned must not have to remap its windows each time.
TEST_F(DeleteVcpu, a_refused_call_leaves_the_vcpus_cpu_alone) {
    const auto before = guest.vcpus[1].generation.load();
    m.set_in_use(vmsa(1), true);
    expect_refused(vmsa(1), SvsmError::FailInUse);
    m.set_in_use(vmsa(1), false);
    guest.vcpus[1].in_service = Vmpl1;
    expect_refused(vmsa(1), SvsmError::FailInUse);
    guest.vcpus[1].in_service = Vmpl0;
    EXPECT_EQ(guest.vcpus[1].generation.load(), before);
}

// Each RMPADJUST in turn is refused, as when another CPU works on the same RMP entry.
TEST_F(DeleteVcpu, refused_half_way_it_is_a_vmsa_as_before) {
    bool works = false;
    for (unsigned doomed = 0; !works; ++doomed) {
        ASSERT_LT(doomed, 10u);
        unsigned count = 0;
        m.rmpadjust_result = [&](Gpa) -> std::optional<machine::RmpadjustError> {
            if (count++ != doomed) return std::nullopt;
            return machine::RmpadjustError::FailInUse;
        };
        if (count = 0, works = remove(vmsa(1)) == abi::svsm_success; works) break;
        m.rmpadjust_result = nullptr;
        EXPECT_TRUE(m.entry(vmsa(1)).vmsa) << doomed;
        EXPECT_TRUE(m.rmp_allows(Vmpl1, Read, vmsa(1))) << doomed;
        EXPECT_FALSE(m.rmp_allows(Vmpl1, Write, vmsa(1))) << doomed;
        EXPECT_FALSE(is_stopped(vmsa(1))) << doomed;
        EXPECT_TRUE(slot(1).present && is_private(vmsa(1))) << doomed;
        EXPECT_EQ(call(1, {core_call(CoreCall::QueryProtocol), 1}).rcx, 0x0000'0001'0000'0001u);
    }
    m.rmpadjust_result = nullptr;
}

// The host could run the VMSA elsewhere, while the answer is written into it.
TEST_F(DeleteVcpu, of_the_callers_own_vmsa_refused_leaves_it_stopped_until_it_is_answered) {
    m.rmpadjust_result = [&](Gpa page) {
        return page == vmsa(1) ? std::optional{machine::RmpadjustError::FailInUse} : std::nullopt;
    };
    request(1, {core_call(CoreCall::DeleteVcpu), vmsa(1).value()});
    bool is_judged = false;
    m.between = [&](Step step) {
        is_judged = is_judged || step == Step::Rmpadjust;
        if (is_judged && step == Step::GuestWrite && pending(calling_area(1)) == 1)
            EXPECT_TRUE(is_stopped(vmsa(1)));
    };
    serve(1);
    m.between = nullptr;
    EXPECT_TRUE(is_judged);
    EXPECT_EQ(registers(1).rax, code(SvsmError::FailInUse));
    EXPECT_FALSE(is_stopped(vmsa(1)));
}

// The VMSA does not run, but its CPU is about to write an answer into it.
TEST_F(DeleteVcpu, refuses_a_vmsa_whose_call_is_being_served) {
    serve(1);
    request(1, {core_call(CoreCall::QueryProtocol), 1});
    unsigned refusals = 0;
    m.between = [&](Step) {
        if (sim::Machine::current_cpu() != 1) return;
        EXPECT_EQ(remove(vmsa(1), 0), code(SvsmError::FailInUse));
        ++refusals;
    };
    serve(1);
    m.between = nullptr;
    EXPECT_GT(refusals, 8u);
    EXPECT_EQ(registers(1).rcx, 0x0000'0001'0000'0001u);
    EXPECT_EQ(pending(calling_area(1)), 0);
    EXPECT_EQ(remove(vmsa(1)), abi::svsm_success);
}

TEST_F(DeleteVcpu, of_the_callers_own_vmsa_does_not_return) {
    request(1, {core_call(CoreCall::DeleteVcpu), vmsa(1).value()});
    EXPECT_EQ(serve(1), std::nullopt) << "no level to run on this vCPU";
    EXPECT_TRUE(owns_fully(Vmpl1, vmsa(1)));
    EXPECT_FALSE(m.entry(vmsa(1)).vmsa);
    EXPECT_FALSE(is_private(vmsa(1)) || is_private(calling_area(1)));
    EXPECT_TRUE(is_stopped(vmsa(1)));
    EXPECT_EQ(registers_in(vmsa(1)).rax, core_call(CoreCall::DeleteVcpu)) << "no answer in the guest's page";
    EXPECT_EQ(pending(calling_area(1)), 1);
    EXPECT_EQ(serve(1), std::nullopt);
}

// Its other level was waiting below or above it, and continues.
TEST_F(DeleteVcpu, of_the_callers_own_vmsa_leaves_its_other_levels) {
    ASSERT_EQ(create(page_a, page_b, 1, Vmpl2), abi::svsm_success);
    levels[1] = Vmpl2;
    request(1, {core_call(CoreCall::DeleteVcpu), page_a.value()});
    EXPECT_EQ(serve(1), Vmpl1);
    EXPECT_FALSE(m.entry(page_a).vmsa);
    levels[1] = Vmpl1;
    EXPECT_EQ(call(1, {core_call(CoreCall::QueryProtocol), 1}).rcx, 0x0000'0001'0000'0001u);
}

TEST_F(DeleteVcpu, of_a_replaced_vmsa_leaves_the_newest) {
    ASSERT_EQ(create(page_a, page_b, 1, Vmpl1), abi::svsm_success);
    EXPECT_EQ(remove(vmsa(1)), abi::svsm_success);
    EXPECT_TRUE(owns_fully(Vmpl1, vmsa(1)));
    EXPECT_TRUE(slot(1).present && slot(1).vmsa == page_a);
    EXPECT_TRUE(is_private(page_a) && is_private(page_b));
    EXPECT_EQ(call(1, {core_call(CoreCall::QueryProtocol), 1}).rcx, 0x0000'0001'0000'0001u);
}

TEST_F(DeleteVcpu, of_a_level_below_the_callers_is_allowed) {
    ASSERT_EQ(create(page_a, page_b, 1, Vmpl3), abi::svsm_success);
    EXPECT_EQ(remove(page_a), abi::svsm_success);
    EXPECT_TRUE(slot(1).present) << "the other level of that vCPU stays";
}

TEST_F(DeleteVcpu, of_a_level_above_the_callers_is_refused) {
    ASSERT_EQ(create(page_a, page_b, 2, Vmpl3), abi::svsm_success);
    levels[2] = Vmpl3;
    expect_refused(vmsa(1), SvsmError::InvalidParameter, 2);
    EXPECT_EQ(remove(page_a, 0), abi::svsm_success);
}

// The level counts that was checked when the page became a VMSA, whatever stands in it now.
TEST_F(DeleteVcpu, does_not_believe_the_page) {
    ASSERT_EQ(create(page_a, page_b, 2, Vmpl3), abi::svsm_success);
    levels[2] = Vmpl3;
    m.poke(vmsa(1) + offsetof(abi::Vmsa, vmpl), Vmpl3);
    expect_refused(vmsa(1), SvsmError::InvalidParameter, 2);
}

class DeleteVcpuForVmpl2 : public DeleteVcpu {
protected:
    DeleteVcpuForVmpl2() : DeleteVcpu{Vmpl2} {}
};

TEST_F(DeleteVcpuForVmpl2, gives_the_page_to_all_levels_up_to_the_callers) {
    EXPECT_EQ(remove(vmsa(1)), abi::svsm_success);
    EXPECT_TRUE(owns_fully(Vmpl1, vmsa(1)) && owns_fully(Vmpl2, vmsa(1)));
    EXPECT_FALSE(m.rmp_allows(Vmpl3, Read, vmsa(1)));
}

TEST_F(DeleteVcpu, a_page_that_vanished_is_an_invalid_address) {
    m.host_takes(vmsa(1));
    EXPECT_EQ(remove(vmsa(1)), code(SvsmError::InvalidAddress));
}

TEST_F(DeleteVcpu, a_page_may_vanish_at_any_step) {
    for (unsigned doomed = 0; doomed < 24; ++doomed) {
        if (!slot(1).present) start_vcpu(1);
        m.launch_vmsa(vmsa(1), Vmpl1);
        write_vmsa(vmsa(1));
        unsigned step = 0;
        m.between = [&](Step) {
            if (step++ == doomed) m.host_takes(vmsa(1));
        };
        (void)remove(vmsa(1));
        m.between = nullptr;
        EXPECT_EQ(pending(calling_area(0)), 0);
    }
}

TEST_F(DeleteVcpu, passes_a_refused_rmpadjust_on) {
    m.rmpadjust_result = [](Gpa) { return std::optional{machine::RmpadjustError::FailPermission}; };
    EXPECT_EQ(remove(vmsa(1)), code(SvsmError::FailPermission));
    m.rmpadjust_result = nullptr;
    EXPECT_TRUE(slot(1).present);
}

TEST_F(DeleteVcpu, flushes_what_the_readers_of_the_vmsa_remember) {
    const unsigned before = m.flushes();
    EXPECT_EQ(remove(vmsa(1)), abi::svsm_success);
    EXPECT_GT(m.flushes(), before);
    EXPECT_EQ(m.stale_pages(), 0u);
}

TEST_F(DeleteVcpu, changes_no_register_but_rax) {
    const Registers in{.rcx = vmsa(1).value(), .rdx = 2, .r8 = 3, .r9 = 4};
    EXPECT_EQ(call(CoreCall::DeleteVcpu, in), (Registers{0, in.rcx, 2, 3, 4}));
}

}  // namespace
}  // namespace svsm
