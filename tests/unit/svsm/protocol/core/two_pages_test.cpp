// SPDX-License-Identifier: MIT
// A guest and its host together: the host has several system pages for one address, maps any of them
// between any two steps of ours, and makes any access of ours fault. Each attack runs to its end, whatever
// the SVSM answers. [docs/page-states.md]
#include <utility>

#include "svsm/guest/mapped_page.hpp"
#include "tests/unit/svsm/protocol/core/pvalidate_fixture.hpp"

namespace svsm {
namespace {

class TwoPages : public PvalidateWorld {
protected:
    using PvalidateWorld::PvalidateWorld;

    std::uint64_t create(Gpa vmsa, Gpa area) {
        return call(CoreCall::CreateVcpu, {.rcx = vmsa.value(), .rdx = area.value(), .r8 = apic_ids[2]}).rax;
    }
    /// A page of the SVSM that is no longer read, with a secret in it: the host moves it to `page`, where
    /// nothing is mapped yet. Its contents stay.
    Spa secret_bound_to(Gpa page) {
        const Spa secret = m.host_page();
        std::ranges::fill(m.bytes(secret), std::byte{0x5e});
        m.host_binds(secret, page);
        return secret;
    }
    /// What VMPL1 does with a page that it shares with VMPL2.
    bool grant_to_vmpl2(Gpa page) {
        const MappedPage window{machine::Window::Scratch4K, page};
        return machine::rmpadjust(window.va(), PageSize::Size4K, 0xf02).has_value();
    }
    /// No level below VMPL0 can read the secret at the address it is bound to, whatever is mapped there now.
    void expect_hidden(Spa secret, Gpa page) {
        m.host_shows(page, secret);
        if (anyone_may(Read, page)) EXPECT_FALSE(m.is_filled_with({page, page + page_bytes}, 0x5e));
    }
};

// F1: the SVSM checks one page and makes another one a VMSA.
TEST_F(TwoPages, a_vmsa_that_was_not_judged_never_runs) {
    const Spa evil{page_a.value()}, harmless = m.host_page();
    write_vmsa(page_a);
    m.poke(page_a + offsetof(abi::Vmsa, vmpl), std::uint8_t{0});
    EXPECT_EQ(create(page_a, page_b), code(SvsmError::InvalidParameter)) << "judged, when it is what is shown";
    m.host_binds(harmless, page_a);
    m.host_shows(page_a, harmless);
    EXPECT_EQ(run({validate(page_a)}), code(SvsmError::PvalidateUnchanged));
    EXPECT_EQ(run({validate(page_a, ignoring)}), abi::svsm_success) << "unchanged, as the guest wanted";
    EXPECT_FALSE(m.entry(harmless).validated) << "a second valid page";
    write_vmsa(page_a);
    bool is_judged = false;
    m.before_guest_read = [&](Gpa at) {
        is_judged |= at.page_offset() == offsetof(abi::Vmsa, sev_features) && at.page() == page_a;
    };
    m.between = [&](Step step) {
        if (step == Step::Rmpadjust && is_judged) m.host_shows(page_a, evil);
    };
    (void)create(page_a, page_b);
    m.between = nullptr;
    EXPECT_FALSE(m.entry(evil).vmsa);
    EXPECT_FALSE(m.entry(harmless).vmsa);
}

TEST_F(TwoPages, of_2m_are_not_validated_twice_either) {
    const Gpa inside = large_page + 3 * page_bytes;
    const Spa second = m.host_page();
    m.host_binds(second, inside);
    m.host_shows(inside, second);
    for (const auto entry : {validate(large_page, large | ignoring), validate(inside, ignoring), validate(inside)})
        (void)run({entry});
    EXPECT_FALSE(m.entry(second).validated);
}

// F2 (a): PVALIDATE hits the secret, the zeroing the page of before, the grant the secret again.
TEST_F(TwoPages, zeroing_one_page_and_granting_another_gives_nothing_away) {
    for (const Gpa page : {page_a, unvalidated_page}) {
        const Spa before{page.value()}, secret = secret_bound_to(page);
        m.between = [&](Step step) {
            if (step == Step::Pvalidate || step == Step::Rmpadjust) m.host_shows(page, secret);
            if (step == Step::GuestWrite && m.window_target(machine::Window::List) == std::nullopt)
                m.host_shows(page, before);
        };
        (void)run({validate(page, ignoring)});
        (void)run({validate(page, ignoring)});
        m.between = nullptr;
        expect_hidden(secret, page);
    }
}

// F2 (b): the host maps an unvalidated page while we zero; the secret stays valid and unzeroed, and a refused
// CREATE_VCPU, or a deposit that is withdrawn, gives it back as if it were the guest's.
TEST_F(TwoPages, a_page_that_was_not_zeroed_is_not_given_back_by_another_call) {
    const Gpa page = unvalidated_page;
    const Spa secret = secret_bound_to(page), empty{page.value()};
    m.host_shows(page, secret);
    m.between = [&](Step step) {
        const bool zeroes = step == Step::GuestWrite && m.entry(secret).validated;
        m.host_shows(page, zeroes ? empty : secret);
    };
    EXPECT_EQ(run({validate(page)}), code(SvsmError::InvalidAddress));
    m.between = nullptr;
    m.host_shows(page, secret);
    EXPECT_TRUE(m.entry(secret).validated) << "the attack did not get so far";
    EXPECT_EQ(state(page), PageState::Dirty);
    EXPECT_EQ(create(page, page_b), code(SvsmError::InvalidAddress));
    EXPECT_EQ(create(page_b, page), code(SvsmError::InvalidAddress));
    EXPECT_EQ(result_of(CoreCall::RemapCa, page.value()), code(SvsmError::InvalidAddress));
    write_list(list_page, {1, 0, 0}, {page.value()});
    EXPECT_EQ(result_of(CoreCall::DepositMem, list_page.value()), code(SvsmError::InvalidAddress));
    EXPECT_EQ(result_of(CoreCall::Pvalidate, page.value() + 8), code(SvsmError::InvalidAddress))
        << "read as a list, it would tell of itself";
    expect_hidden(secret, page);
    // An honest attempt zeroes it at last.
    EXPECT_EQ(run({validate(page)}), abi::svsm_success);
    EXPECT_TRUE(std::ranges::all_of(m.bytes(secret), [](std::byte each) { return each == std::byte{0}; }));
}

// F2 (c): the same by exceptions alone, at any access of ours.
TEST_F(TwoPages, no_fault_at_any_single_access_shows_the_secret) {
    const auto attack = [&](unsigned doomed) {
        const Gpa page = unvalidated_page;
        renew(page);
        m.fill({page, page + page_bytes}, 0x5e);
        unsigned access = 0;
        m.faults = [&](Step) { return access++ == doomed; };
        (void)run({validate(page)});
        m.faults = nullptr;
        EXPECT_FALSE(anyone_may(Read, page) && m.is_filled_with({page, page + page_bytes}, 0x5e)) << doomed;
        (void)create(page, page_b);
        (void)create(page_b, page);
        EXPECT_FALSE(anyone_may(Read, page) && m.is_filled_with({page, page + page_bytes}, 0x5e)) << doomed;
        return access > doomed;
    };
    unsigned doomed = 0;
    while (attack(doomed)) ++doomed;
    EXPECT_GT(doomed, 8u) << "the sweep did not reach the instructions";
}

// F3: a fault at RMPADJUST ends the operation: what is rescinded has no rights left.
TEST_F(TwoPages, a_fault_while_rights_are_revoked_never_ends_in_a_rescinded_page) {
    for (unsigned doomed = 0; doomed < 12; ++doomed) {
        renew(page_a);
        ASSERT_EQ(run({validate(page_a)}), abi::svsm_success);
        ASSERT_TRUE(grant_to_vmpl2(page_a));
        unsigned access = 0;
        m.faults = [&](Step step) {
            return (step == Step::Rmpadjust || step == Step::Pvalidate) && access++ == doomed;
        };
        const auto result = run({rescind(page_a)});
        m.faults = nullptr;
        EXPECT_EQ(result == abi::svsm_success, !is_valid(page_a)) << doomed;
        (void)run({rescind(page_a, ignoring), validate(page_a, ignoring)});
        if (result == abi::svsm_success || is_zero(page_a)) EXPECT_FALSE(m.guest_may(Vmpl2, Read, page_a)) << doomed;
        if (doomed < 3) EXPECT_EQ(result, code(SvsmError::InvalidAddress)) << doomed;
    }
}

// RESCIND acts on a page that was never valid: the valid one stays the guest's, also in the table.
TEST_F(TwoPages, rescinding_another_page_forgets_nothing) {
    const Spa first{page_a.value()}, second = m.host_page();
    m.host_binds(second, page_a);
    m.between = [&](Step step) {
        if (step == Step::Pvalidate) m.host_shows(page_a, second);
    };
    for (const auto flags : {std::uint64_t{0}, ignoring}) {
        m.host_shows(page_a, first);
        EXPECT_EQ(run({rescind(page_a, flags)}), code(SvsmError::PvalidateUnchanged)) << flags;
        EXPECT_EQ(state(page_a), PageState::Guests);
    }
    m.between = nullptr;
    EXPECT_TRUE(m.entry(first).validated);
    EXPECT_EQ(run({validate(page_a)}), code(SvsmError::PvalidateUnchanged)) << "or there would be two";
    m.host_shows(page_a, first);
    EXPECT_EQ(run({rescind(page_a), validate(page_a)}), abi::svsm_success) << "an honest host, at last";
}

// A page that was valid before is not the guest's, whatever flag the guest sets.
TEST_F(TwoPages, a_page_that_was_valid_before_we_validated_it_stays_dirty) {
    m.launch({unvalidated_page, unvalidated_page + page_bytes});
    m.fill({unvalidated_page, unvalidated_page + page_bytes}, 0x5e);
    EXPECT_EQ(run({validate(unvalidated_page, ignoring)}), code(SvsmError::PvalidateUnchanged));
    EXPECT_EQ(state(unvalidated_page), PageState::Dirty);
    EXPECT_FALSE(anyone_may(Read, unvalidated_page));
    EXPECT_EQ(run({validate(unvalidated_page)}), abi::svsm_success);
    EXPECT_TRUE(is_zero(unvalidated_page));
}

TEST_F(TwoPages, a_dirty_page_can_be_rescinded_and_begins_anew) {
    bool has_faulted = false;
    m.faults = [&](Step step) {
        if (step != Step::GuestWrite || !is_valid(unvalidated_page)) return false;
        return !std::exchange(has_faulted, true);
    };
    EXPECT_EQ(run({validate(unvalidated_page)}), code(SvsmError::InvalidAddress));
    m.faults = nullptr;
    ASSERT_EQ(state(unvalidated_page), PageState::Dirty);
    EXPECT_EQ(run({rescind(unvalidated_page)}), abi::svsm_success);
    EXPECT_FALSE(is_valid(unvalidated_page));
    EXPECT_EQ(run({rescind(unvalidated_page)}), code(SvsmError::PvalidateUnchanged));
    EXPECT_EQ(run({validate(unvalidated_page)}), abi::svsm_success);
    EXPECT_TRUE(owns_fully(Vmpl1, unvalidated_page));
}

// The other calls that take a page from the guest, or give it back, with a fault at each access in turn: afterwards every
// page is what the table says, and the call can be made again.
class FaultAt : public TwoPages {
protected:
    void expect_table_is_true() {
        for (const Gpa page : {page_a, page_b, page_c, vmsa(1), calling_area(1)}) {
            const auto known = state(page);
            if (known == PageState::Dirty || known == PageState::Vmsa || known == PageState::Deposited)
                EXPECT_FALSE(anyone_may(Write, page)) << std::hex << page.value();
            EXPECT_EQ(m.entry(page).vmsa && known != PageState::Dirty, known == PageState::Vmsa)
                << std::hex << page.value();
            EXPECT_EQ(valid_pages_of(page), 1u);
        }
    }
    /// Makes `attempt` with a fault at its first access, then at its second, and so on to the last.
    template <class Attempt>
    void sweep(Attempt attempt) {
        for (unsigned doomed = 0;; ++doomed) {
            unsigned access = 0;
            m.faults = [&](Step) { return access++ == doomed; };
            attempt();
            m.faults = nullptr;
            expect_table_is_true();
            if (access <= doomed) return;
            ASSERT_LT(doomed, 500u);
        }
    }
};

TEST_F(FaultAt, any_access_of_create_and_delete_vcpu) {
    sweep([&] {
        write_vmsa(page_a);
        (void)create(page_a, page_b);
        (void)result_of(CoreCall::DeleteVcpu, page_a.value());
        // What is left dirty is made the guest's again without a fault.
        const auto faults = std::exchange(m.faults, nullptr);
        (void)result_of(CoreCall::DeleteVcpu, page_a.value());
        for (const Gpa page : {page_a, page_b}) EXPECT_EQ(run({validate(page, ignoring)}), abi::svsm_success);
        m.faults = faults;
    });
    EXPECT_EQ(state(page_a), PageState::Guests);
}

TEST_F(FaultAt, any_access_of_deposit_and_withdraw) {
    sweep([&] {
        write_list(list_page, {2, 0, 0}, {page_a.value(), page_b.value()});
        (void)result_of(CoreCall::DepositMem, list_page.value());
        (void)result_of(CoreCall::WithdrawMem, list_page.value());
        const auto faults = std::exchange(m.faults, nullptr);
        (void)result_of(CoreCall::WithdrawMem, list_page.value());
        for (const Gpa page : {page_a, page_b}) EXPECT_EQ(run({validate(page, ignoring)}), abi::svsm_success);
        m.faults = faults;
    });
    EXPECT_EQ(state(page_b), PageState::Guests);
}

TEST_F(FaultAt, any_access_of_remap_ca) {
    const std::array areas{page_a, calling_area(0)};
    unsigned turn = 0;
    sweep([&] { (void)result_of(CoreCall::RemapCa, areas[turn++ % 2].value()); });
}

}  // namespace
}  // namespace svsm
