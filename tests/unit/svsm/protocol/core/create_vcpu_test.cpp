// SPDX-License-Identifier: MIT
// SVSM_CORE_CREATE_VCPU: a page of the guest becomes a VMSA, or stays the guest's.
#include <algorithm>

#include "tests/unit/svsm/protocol/core/pvalidate_fixture.hpp"

namespace svsm {
namespace {

class CreateVcpu : public PvalidateWorld {
protected:
    using PvalidateWorld::PvalidateWorld;
    /// Not 2 MiB aligned, nothing special about them.
    static constexpr Gpa new_vmsa = page_a, new_area = page_b;

    void SetUp() override { write_vmsa(new_vmsa); }

    std::uint64_t create(Gpa at, Gpa area, std::uint64_t apic_id = apic_ids[2]) {
        return call(CoreCall::CreateVcpu, {.rcx = at.value(), .rdx = area.value(), .r8 = apic_id}).rax;
    }
    std::uint64_t create() { return create(new_vmsa, new_area); }

    /// A refusal: no vCPU, and the page the guest's as before.
    void expect_refused(SvsmError error) {
        EXPECT_EQ(create(), code(error));
        expect_untouched();
    }
    void expect_untouched() {
        EXPECT_FALSE(has_vcpu());
        EXPECT_FALSE(is_private(page_a) || is_private(page_b));
        EXPECT_FALSE(m.entry(new_vmsa).vmsa);
        EXPECT_TRUE(owns_fully(Vmpl1, new_vmsa));
        EXPECT_EQ(m.stale_pages(), 0u);
    }
    [[nodiscard]] bool has_vcpu() const {
        return std::ranges::any_of(guest.vcpus[2].slots, [](const Slot& each) { return each.present; });
    }
    template <class T>
    void set(std::size_t offset, T value) {
        m.poke(new_vmsa + offset, value);
    }
};

class CreateVcpuForVmpl2 : public CreateVcpu {
protected:
    CreateVcpuForVmpl2() : CreateVcpu{Vmpl2} {}
};

TEST_F(CreateVcpu, makes_the_page_a_vmsa_that_the_guest_may_only_read) {
    EXPECT_EQ(create(), abi::svsm_success);
    EXPECT_TRUE(m.entry(new_vmsa).vmsa);
    EXPECT_FALSE(anyone_may(Write, new_vmsa));
    // Linux takes SEV_FEATURES out of it for its AP creation request.
    EXPECT_TRUE(m.rmp_allows(Vmpl1, Read, new_vmsa));
    EXPECT_FALSE(m.rmp_allows(Vmpl1, ExecuteSupervisor, new_vmsa));
    EXPECT_FALSE(m.rmp_allows(Vmpl2, Read, new_vmsa));
}

TEST_F(CreateVcpu, registers_vmsa_and_calling_area_for_that_vcpu) {
    EXPECT_EQ(create(), abi::svsm_success);
    EXPECT_TRUE(slot(2).present);
    EXPECT_EQ(slot(2).vmsa, new_vmsa);
    EXPECT_EQ(slot(2).calling_area, new_area);
    EXPECT_EQ(call(2, {core_call(CoreCall::QueryProtocol), 1}).rcx, 0x0000'0001'0000'0001u)
        << "and it can call";
}

TEST_F(CreateVcpu, starts_without_a_pending_call) {
    m.poke(new_area, std::uint8_t{1});
    EXPECT_EQ(create(), abi::svsm_success);
    EXPECT_EQ(pending(new_area), 0);
}

TEST_F(CreateVcpu, leaves_the_contents_of_the_vmsa_alone) {
    const auto before = m.peek<abi::Vmsa>(new_vmsa);
    EXPECT_EQ(create(), abi::svsm_success);
    const auto after = m.peek<abi::Vmsa>(new_vmsa);
    EXPECT_EQ(std::memcmp(&after, &before, sizeof after), 0);
}

TEST_F(CreateVcpu, makes_both_pages_private) {
    EXPECT_EQ(create(), abi::svsm_success);
    for (const Gpa page : {new_vmsa, new_area}) {
        EXPECT_EQ(run({rescind(page)}), code(SvsmError::InvalidAddress));
        EXPECT_EQ(run({validate(page, ignoring)}), code(SvsmError::InvalidAddress));
        EXPECT_EQ(result_of(CoreCall::RemapCa, page.value()), code(SvsmError::InvalidAddress));
        EXPECT_EQ(create(page, page_c), code(SvsmError::InvalidAddress));
        EXPECT_EQ(create(page_c, page, apic_ids[1]), code(SvsmError::InvalidAddress));
    }
    EXPECT_EQ(result_of(CoreCall::Pvalidate, new_vmsa.value() + 0x800), code(SvsmError::InvalidAddress));
}

TEST_F(CreateVcpu, may_replace_the_vmsa_of_a_vcpu) {
    EXPECT_EQ(create(new_vmsa, new_area, apic_ids[1]), abi::svsm_success);
    EXPECT_EQ(slot(1).vmsa, new_vmsa);
    EXPECT_EQ(call(1, {core_call(CoreCall::QueryProtocol), 1}).rcx, 0x0000'0001'0000'0001u);
    EXPECT_EQ(run({rescind(vmsa(1))}), code(SvsmError::InvalidAddress))
        << "the old VMSA may still be running";
    EXPECT_EQ(run({rescind(calling_area(1))}), abi::svsm_success)
        << "no vCPU uses the old calling area any more";
}

// Linux takes a CPU offline and brings it back: a new VMSA, the calling area of before, and only then does it
// delete the old VMSA.
TEST_F(CreateVcpu, may_keep_the_calling_area_of_a_vcpu) {
    EXPECT_EQ(create(), abi::svsm_success);
    m.poke(new_area, std::uint8_t{1});
    write_vmsa(page_c);
    EXPECT_EQ(create(page_c, new_area), abi::svsm_success);
    EXPECT_EQ(slot(2).vmsa, page_c);
    EXPECT_EQ(slot(2).calling_area, new_area);
    EXPECT_EQ(pending(new_area), 0);
    EXPECT_TRUE(is_private(new_area) && is_private(new_vmsa));
    EXPECT_EQ(call(CoreCall::DeleteVcpu, {.rcx = new_vmsa.value()}).rax, abi::svsm_success);
    EXPECT_TRUE(is_private(new_area) && !is_private(new_vmsa));
    EXPECT_EQ(call(2, {core_call(CoreCall::QueryProtocol), 1}).rcx, 0x0000'0001'0000'0001u);
}

TEST_F(CreateVcpu, refuses_the_calling_area_of_another_vcpu_or_level) {
    EXPECT_EQ(create(), abi::svsm_success);
    write_vmsa(page_c);
    EXPECT_EQ(create(page_c, new_area, apic_ids[1]), code(SvsmError::InvalidAddress));
    m.poke(page_c + offsetof(abi::Vmsa, vmpl), std::uint8_t{2});
    EXPECT_EQ(create(page_c, new_area), code(SvsmError::InvalidAddress));
    EXPECT_FALSE(is_private(page_c));
    EXPECT_EQ(slot(2).vmsa, new_vmsa);
}

TEST_F(CreateVcpu, accepts_a_vmsa_of_a_lower_vmpl) {
    set(offsetof(abi::Vmsa, vmpl), std::uint8_t{3});
    EXPECT_EQ(create(), abi::svsm_success);
    EXPECT_FALSE(slot(2).present);
    EXPECT_EQ(guest.vcpus[2].slot(Vmpl3).vmsa, new_vmsa);
}

TEST_F(CreateVcpu, refuses_misaligned_pages) {
    EXPECT_EQ(create(new_vmsa + 8, new_area), code(SvsmError::InvalidParameter));
    EXPECT_EQ(create(new_vmsa, new_area + 8), code(SvsmError::InvalidParameter));
    expect_untouched();
}

TEST_F(CreateVcpu, refuses_one_page_for_both) {
    EXPECT_EQ(create(new_vmsa, new_vmsa), code(SvsmError::InvalidAddress));
    expect_untouched();
}

TEST_F(CreateVcpu, refuses_memory_of_the_svsm) {
    for (const Gpa page : {svsm_region.begin, svsm_region.end - page_bytes}) {
        EXPECT_EQ(create(page, new_area), code(SvsmError::InvalidAddress));
        EXPECT_EQ(create(new_vmsa, page), code(SvsmError::InvalidAddress));
    }
    expect_untouched();
}

TEST_F(CreateVcpu, refuses_active_vmsas_and_calling_areas) {
    for (const Gpa page : {vmsa(0), vmsa(1), calling_area(0), calling_area(1)}) {
        EXPECT_EQ(create(page, new_area), code(SvsmError::InvalidAddress));
        EXPECT_EQ(create(new_vmsa, page), code(SvsmError::InvalidAddress));
    }
    EXPECT_TRUE(m.entry(vmsa(0)).vmsa);
    expect_untouched();
}

TEST_F(CreateVcpu, refuses_what_is_no_ram) {
    for (const std::uint64_t at :
         Words{memory_end.value(), 1ull << 47 | page_c.value(), 1ull << 52, ~0xfffull}) {
        EXPECT_EQ(create(Gpa{at}, new_area), code(SvsmError::InvalidAddress));
        EXPECT_EQ(create(new_vmsa, Gpa{at}), code(SvsmError::InvalidAddress));
    }
    expect_untouched();
}

TEST_F(CreateVcpu, refuses_pages_that_cannot_be_reached) {
    for (const Gpa page : {unvalidated_page, shared_page}) {
        EXPECT_EQ(create(page, new_area), code(SvsmError::InvalidAddress));
        EXPECT_EQ(create(new_vmsa, page), code(SvsmError::InvalidAddress));
    }
    expect_untouched();
}

TEST_F(CreateVcpu, refuses_an_unknown_apic_id) {
    for (const std::uint64_t id : {1u, 2u, 5u, 0xffff'ffffu}) {
        EXPECT_EQ(create(new_vmsa, new_area, id), code(SvsmError::InvalidParameter));
        expect_untouched();
    }
}

TEST_F(CreateVcpu, looks_at_32_bits_of_the_apic_id) {
    EXPECT_EQ(create(new_vmsa, new_area, 0xffff'ffff'0000'0000 | apic_ids[2]), abi::svsm_success);
}

TEST_F(CreateVcpu, refuses_a_vmsa_of_the_svsms_own_vmpl) {
    set(offsetof(abi::Vmsa, vmpl), std::uint8_t{0});
    expect_refused(SvsmError::InvalidParameter);
}

TEST_F(CreateVcpu, refuses_a_vmsa_of_a_vmpl_that_does_not_exist) {
    for (const std::uint8_t vmpl : Octets{4, 0x80, 0xff}) {
        set(offsetof(abi::Vmsa, vmpl), vmpl);
        expect_refused(SvsmError::InvalidParameter);
    }
}

TEST_F(CreateVcpuForVmpl2, refuses_a_vmsa_of_the_callers_superior) {
    set(offsetof(abi::Vmsa, vmpl), std::uint8_t{1});
    EXPECT_EQ(create(), code(SvsmError::InvalidParameter));
    EXPECT_FALSE(m.entry(new_vmsa).vmsa);
    EXPECT_TRUE(owns_fully(Vmpl2, new_vmsa));
    EXPECT_TRUE(owns_fully(Vmpl1, new_vmsa));
    set(offsetof(abi::Vmsa, vmpl), std::uint8_t{2});
    EXPECT_EQ(create(), abi::svsm_success);
}

// A vCPU of a lower level that the guest has started itself: if VMPL 1 were its limit, it could start a
// program above its own level.
TEST_F(CreateVcpu, refuses_a_vmsa_above_the_caller_even_if_the_guest_began_there) {
    set(offsetof(abi::Vmsa, vmpl), std::uint8_t{3});
    ASSERT_EQ(create(), abi::svsm_success);
    levels[2] = Vmpl3;
    const Registers in{core_call(CoreCall::CreateVcpu), page_c.value(), list_page.value(), apic_ids[1]};
    for (const std::uint8_t above : Octets{0, 1, 2}) {
        write_vmsa(page_c);
        m.poke(page_c + offsetof(abi::Vmsa, vmpl), above);
        EXPECT_EQ(call(2, in).rax, code(SvsmError::InvalidParameter)) << "VMPL " << above;
        EXPECT_FALSE(m.entry(page_c).vmsa);
    }
    EXPECT_EQ(slot(1).vmsa, vmsa(1));
    EXPECT_TRUE(owns_fully(Vmpl3, page_c)) << "it goes back to its owner";
    EXPECT_TRUE(is_zero(page_c)) << "and if that was a level above the caller, it has not been read";
    write_vmsa(page_c);
    m.poke(page_c + offsetof(abi::Vmsa, vmpl), std::uint8_t{3});
    EXPECT_EQ(call(2, in).rax, abi::svsm_success);
    EXPECT_TRUE(m.rmp_allows(Vmpl3, Read, page_c));
}

// A vCPU runs at two levels; the rights of the upper one do not count for a call of the lower one.
TEST_F(CreateVcpu, the_caller_does_not_borrow_the_level_of_another_slot) {
    set(offsetof(abi::Vmsa, vmpl), std::uint8_t{3});
    ASSERT_EQ(create(new_vmsa, new_area, apic_ids[1]), abi::svsm_success);
    write_vmsa(page_c);
    levels[1] = Vmpl3;
    const Registers in{core_call(CoreCall::CreateVcpu), page_c.value(), list_page.value(), apic_ids[2]};
    EXPECT_EQ(call(1, in).rax, code(SvsmError::InvalidParameter));
    EXPECT_FALSE(has_vcpu());
}

TEST_F(CreateVcpu, refuses_a_vmsa_without_svme) {
    set(offsetof(abi::Vmsa, efer), abi::Efer::lme | abi::Efer::lma | abi::Efer::nxe);
    expect_refused(SvsmError::InvalidParameter);
}

TEST_F(CreateVcpu, refuses_a_vmsa_with_other_features) {
    for (const std::uint64_t features : {0ull, 2ull, 3ull, 1ull << 14 | 1, 1ull << 63 | 1}) {
        set(offsetof(abi::Vmsa, sev_features), features);
        expect_refused(SvsmError::InvalidParameter);
    }
}

TEST_F(CreateVcpu, works_once_the_vmsa_was_corrected) {
    set(offsetof(abi::Vmsa, vmpl), std::uint8_t{0});
    expect_refused(SvsmError::InvalidParameter);
    set(offsetof(abi::Vmsa, vmpl), std::uint8_t{1});
    EXPECT_EQ(create(), abi::svsm_success);
}

TEST_F(CreateVcpu, passes_a_refused_rmpadjust_on) {
    m.rmpadjust_result = [](Gpa page) {
        return page == new_vmsa ? std::optional{machine::RmpadjustError::FailInUse} : std::nullopt;
    };
    EXPECT_EQ(create(), code(SvsmError::FailInUse));
    m.rmpadjust_result = nullptr;
    expect_untouched();
}

TEST_F(CreateVcpu, gives_the_page_back_when_it_cannot_become_a_vmsa) {
    unsigned adjustments = 0;
    m.rmpadjust_result = [&](Gpa) {
        return ++adjustments == 5 ? std::optional{machine::RmpadjustError::FailPermission}
                                  : std::nullopt;  // the second of make_vmsa
    };
    EXPECT_EQ(create(), code(SvsmError::FailPermission));
    m.rmpadjust_result = nullptr;
    expect_untouched();
}

// A guest vCPU with an old translation keeps writing: the checked contents must be what runs.
TEST_F(CreateVcpu, the_guest_cannot_change_the_vmsa_after_it_was_judged) {
    bool was_judged = false;
    m.before_guest_read = [&](Gpa at) {
        if (at.page() != new_vmsa) return;
        was_judged = true;
        EXPECT_FALSE(anyone_may(Write, new_vmsa));
    };
    EXPECT_EQ(create(), abi::svsm_success);
    EXPECT_TRUE(was_judged);
}

TEST_F(CreateVcpu, what_was_judged_is_what_runs) {
    for (unsigned first = 0; first < 4; ++first) {
        unsigned value = first;
        m.between = [&](Step) {
            (void)m.guest_store(Vmpl1, new_vmsa + offsetof(abi::Vmsa, vmpl),
                                static_cast<std::uint8_t>(value++ % 4));
        };
        const std::uint64_t result = create();
        m.between = nullptr;
        const auto image = m.peek<abi::Vmsa>(new_vmsa);
        if (result != abi::svsm_success) {
            EXPECT_EQ(result, code(SvsmError::InvalidParameter));
            continue;
        }
        EXPECT_NE(image.vmpl, 0);
        EXPECT_EQ(guest.vcpus[2].slot(static_cast<Vmpl>(image.vmpl)).vmsa, new_vmsa);
        return;
    }
    FAIL() << "one of the four must have been accepted";
}

TEST_F(CreateVcpu, a_page_may_vanish_at_any_step) {
    for (const Gpa doomed_page : {new_vmsa, new_area})
        for (unsigned doomed = 0; doomed < 24; ++doomed) {
            m.launch_for_guest({page_a, page_c}, Vmpl1);
            write_vmsa(new_vmsa);
            if (has_vcpu()) guest.remove_vmsa(guest.vcpus[2], Vmpl1, new_vmsa);
            unsigned step = 0;
            m.between = [&](Step) {
                if (step++ == doomed) m.host_takes(doomed_page);
            };
            const std::uint64_t result = create();
            m.between = nullptr;
            EXPECT_EQ(result == 0, has_vcpu());
            EXPECT_EQ(pending(calling_area(0)), 0);
        }
}

TEST_F(CreateVcpu, changes_no_register_but_rax) {
    const Registers in{.rcx = new_vmsa.value(), .rdx = new_area.value(), .r8 = apic_ids[2], .r9 = 44};
    EXPECT_EQ(call(CoreCall::CreateVcpu, in), in);
}

}  // namespace
}  // namespace svsm
