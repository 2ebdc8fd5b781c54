// SPDX-License-Identifier: MIT
// Frames that the emulated CPU writes - and the ones it must refuse to write.
#include <gtest/gtest.h>

#include <cstring>

#include "tests/unit/reached.hpp"
#include "tests/unit/snpemu/silicon/desk_cpu.hpp"

namespace snpemu {
namespace {

constexpr auto vmpl1 = abi::Vmpl::Vmpl1;
constexpr std::uint64_t handler = 0x1234'5678'9abc;

class Exception : public testing::Test {
protected:
    Exception() { desk.set_gate(abi::Vector::Vc, abi::interrupt_gate(handler, 8, 0)); }
    auto deliver(std::optional<std::uint32_t> error = 0x72) {
        return deliver_exception(desk.cpu(), desk.memory(), vmpl1, abi::Vector::Vc, error, desk_c_bit);
    }
    auto deliver_interrupt(std::uint8_t vector) {
        return deliver_external(desk.cpu(), desk.memory(), vmpl1, vector, desk_c_bit);
    }
    DeskCpu desk;
};

TEST_F(Exception, writes_error_code_rip_cs_flags_rsp_ss) {
    ASSERT_TRUE(deliver());
    EXPECT_EQ(desk.save.rip, handler);
    EXPECT_EQ(desk.save.rsp, 0x7ff0 - 48u);
    const std::uint64_t* const frame = &desk.qword(desk.save.rsp);
    EXPECT_EQ(frame[0], 0x72u);
    EXPECT_EQ(frame[1], 0x9123u);
    EXPECT_EQ(frame[2], 8u);
    EXPECT_EQ(frame[3], abi::Rflags::one | abi::Rflags::interrupt | abi::Rflags::rf);
    EXPECT_EQ(frame[4], 0x7ff8u);
    EXPECT_EQ(frame[5], 0x10u);
    EXPECT_EQ(desk.save.rflags, abi::Rflags::one) << "an interrupt gate masks interrupts";
    EXPECT_EQ(desk.shadow, 0u);
}
TEST_F(Exception, without_error_code_pushes_five_words) {
    ASSERT_TRUE(deliver(std::nullopt));
    EXPECT_EQ(desk.save.rsp, 0x7ff0 - 40u);
    EXPECT_EQ(desk.qword(desk.save.rsp), 0x9123u);
}
TEST_F(Exception, an_interrupt_has_no_error_code_and_does_not_set_rf) {
    desk.set_gate(abi::Vector{0xec}, abi::interrupt_gate(handler, 8, 0));
    ASSERT_TRUE(deliver_interrupt(0xec));
    EXPECT_EQ(desk.save.rip, handler);
    EXPECT_EQ(desk.save.rsp, 0x7ff0 - 40u);
    EXPECT_EQ(desk.qword(desk.save.rsp), 0x9123u);
    EXPECT_EQ(desk.qword(desk.save.rsp + 16), abi::Rflags::one | abi::Rflags::interrupt);
    EXPECT_EQ(desk.save.rflags & abi::Rflags::interrupt, 0u);
}
TEST_F(Exception, an_interrupt_without_a_gate_is_refused_and_nothing_changes) {
    desk.set_gate(abi::Vector{0xec}, {});
    EXPECT_EQ(deliver_interrupt(0xec).error(), DeliveryError::GateNotPresent);
    EXPECT_EQ(desk.save.rip, 0x9123u);
    EXPECT_EQ(desk.save.rsp, 0x7ff8u);
}
TEST_F(Exception, a_trap_gate_leaves_interrupts_on) {
    abi::Gate gate = abi::interrupt_gate(handler, 8, 0);
    gate.type = 0x8f;
    desk.set_gate(abi::Vector::Vc, gate);
    ASSERT_TRUE(deliver());
    EXPECT_TRUE(desk.save.rflags & abi::Rflags::interrupt);
}
TEST_F(Exception, an_ist_gate_switches_stacks) {
    desk.set_gate(abi::Vector::Vc, abi::interrupt_gate(handler, 8, 3));
    const std::uint64_t top = 0x9000;
    std::memcpy(desk.bytes.data() + 0x6000 + 0x24 + 8 * 2, &top, 8);
    ASSERT_TRUE(deliver());
    EXPECT_EQ(desk.save.rsp, 0x9000 - 48u);
    EXPECT_EQ(desk.qword(0x9000 - 16), 0x7ff8u);
}
TEST_F(Exception, from_user_mode_it_takes_rsp0_and_becomes_cpl_0) {
    desk.save.cpl = 3;
    desk.save.cs.selector = 0x33;
    const std::uint64_t top = 0x9000;
    std::memcpy(desk.bytes.data() + 0x6000 + 4, &top, 8);
    ASSERT_TRUE(deliver());
    EXPECT_EQ(desk.save.cpl, 0);
    EXPECT_EQ(desk.save.cs.selector, 8);
    EXPECT_EQ(desk.save.ss.selector, 0);
    EXPECT_EQ(desk.qword(desk.save.rsp + 16), 0x33u);
}
TEST_F(Exception, a_gate_beyond_the_limit_is_refused) {
    desk.save.idtr.limit = 29 * 16 + 14;
    EXPECT_EQ(deliver().error(), DeliveryError::GateOutsideTable);
}
TEST_F(Exception, an_absent_gate_is_refused) {
    desk.set_gate(abi::Vector::Vc, {});
    EXPECT_EQ(deliver().error(), DeliveryError::GateNotPresent);
}
TEST_F(Exception, outside_long_mode_it_is_refused) {
    desk.save.efer = abi::Efer::svme;
    EXPECT_EQ(deliver().error(), DeliveryError::NotLongMode);
}
TEST_F(Exception, an_idt_in_memory_of_another_vmpl_is_refused) {
    desk.rmp_of(0x5000).permissions[1] = abi::Permission::none;
    EXPECT_EQ(deliver().error(), DeliveryError::GateUnreadable);
}
// A guest that aims its stack at the SVSM's memory must not make the machine write there on its behalf.
TEST_F(Exception, a_stack_that_the_vmpl_may_not_write_is_refused_and_nothing_changes) {
    desk.rmp_of(0x7000).permissions[1] = abi::Permission::read;
    EXPECT_EQ(deliver().error(), DeliveryError::BadStack);
    EXPECT_EQ(desk.save.rip, 0x9123u);
    EXPECT_EQ(desk.save.rsp, 0x7ff8u);
    EXPECT_EQ(desk.qword(0x7ff0 - 8), 0u);
}
TEST_F(Exception, an_ist_pointer_in_memory_that_is_not_validated_is_refused) {
    desk.set_gate(abi::Vector::Vc, abi::interrupt_gate(handler, 8, 1));
    desk.rmp_of(0x6000).validated = false;
    EXPECT_EQ(deliver().error(), DeliveryError::BadStack);
}

/// Empty for numbers that are no error; the compiler asks for a new one here.
std::string name_of(DeliveryError error) {
    switch (error) {
        case DeliveryError::NotLongMode: return "NotLongMode";
        case DeliveryError::GateOutsideTable: return "GateOutsideTable";
        case DeliveryError::GateUnreadable: return "GateUnreadable";
        case DeliveryError::GateNotPresent: return "GateNotPresent";
        case DeliveryError::BadStack: return "BadStack";
    }
    return "";
}

TEST_F(Exception, each_error_has_a_guest_that_meets_it) {
    Reached<DeliveryError, std::string (*)(DeliveryError)> table{name_of};
    const auto row = [&](const char* scene, auto spoil, std::optional<DeliveryError> expected) {
        desk = DeskCpu{};
        desk.set_gate(abi::Vector::Vc, abi::interrupt_gate(handler, 8, 0));
        spoil();
        table.row(scene, deliver(), expected);
    };
    row(
        "a sound guest", [] {}, std::nullopt);
    row(
        "32-bit mode", [&] { desk.save.efer = abi::Efer::svme; }, DeliveryError::NotLongMode);
    row(
        "an IDT of no entries", [&] { desk.save.idtr.limit = 0; }, DeliveryError::GateOutsideTable);
    row(
        "an IDT that is not valid", [&] { desk.rmp_of(0x5000).validated = false; },
        DeliveryError::GateUnreadable);
    row(
        "no gate", [&] { desk.set_gate(abi::Vector::Vc, {}); }, DeliveryError::GateNotPresent);
    row(
        "a stack at no address", [&] { desk.save.rsp = 0x4000'0000; }, DeliveryError::BadStack);
    table.expect_all();
}

}  // namespace
}  // namespace snpemu
