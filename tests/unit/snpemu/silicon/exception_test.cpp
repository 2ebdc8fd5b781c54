// SPDX-License-Identifier: MIT
// Frames that the emulated CPU writes - and the ones it must refuse to write.
#include <gtest/gtest.h>

#include <cstring>

#include "tests/unit/snpemu/silicon/desk_cpu.hpp"

namespace snpemu {
namespace {

constexpr auto vmpl1 = abi::Vmpl::Vmpl1;
constexpr std::uint64_t handler = 0x1234'5678'9abc;

class Exception : public testing::Test {
protected:
    Exception() { desk.set_gate(abi::Vector::Vc, abi::interrupt_gate(handler, 8, 0)); }
    Delivered<void> deliver(std::optional<std::uint32_t> error = 0x72) {
        return send(fault_of(abi::Vector::Vc, error));
    }
    Delivered<void> deliver_interrupt(std::uint8_t vector) { return send(trap_of(vector)); }
    Delivered<void> send(const Event& event) {
        const CpuState cpu = desk.cpu();
        const GuestMemory memory = desk.memory();
        return snpemu::deliver({cpu, memory, vmpl1, desk_c_bit}, event);
    }
    static std::uint32_t gate_error(unsigned vector) { return vector << 3 | 3; }
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
    EXPECT_EQ(deliver_interrupt(0xec).error(),
              (DeliveryFault{abi::Vector::GeneralProtection, gate_error(0xec)}));
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
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::GeneralProtection, gate_error(29)}));
}
TEST_F(Exception, an_absent_gate_is_refused) {
    abi::Gate gate = abi::interrupt_gate(handler, 8, 0);
    gate.type = 0x0e;
    desk.set_gate(abi::Vector::Vc, gate);
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::SegmentNotPresent, gate_error(29)}));
}
TEST_F(Exception, an_idt_in_memory_of_another_vmpl_is_refused) {
    desk.rmp_of(0x5000).permissions[1] = abi::Permission::none;
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::Vc, 0x400}));
}
// A guest that aims its stack at the SVSM's memory must not make the machine write there on its behalf.
TEST_F(Exception, a_stack_that_the_vmpl_may_not_write_is_refused_and_nothing_changes) {
    desk.rmp_of(0x7000).permissions[1] = abi::Permission::read;
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::Vc, 0x400}));
    EXPECT_EQ(desk.save.rip, 0x9123u);
    EXPECT_EQ(desk.save.rsp, 0x7ff8u);
    EXPECT_EQ(desk.qword(0x7ff0 - 8), 0u);
}
TEST_F(Exception, an_ist_pointer_in_memory_that_is_not_validated_is_refused) {
    desk.set_gate(abi::Vector::Vc, abi::interrupt_gate(handler, 8, 1));
    desk.rmp_of(0x6000).validated = false;
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::Vc, 0x404}));
}

TEST_F(Exception, a_handler_segment_that_is_no_64_bit_code_is_a_general_protection_fault) {
    desk.set_gate(abi::Vector::Vc, abi::interrupt_gate(handler, 0x10, 0));
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::GeneralProtection, 0x11}));
    desk.set_gate(abi::Vector::Vc, abi::interrupt_gate(handler, 0x18, 0));
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::GeneralProtection, 0x19}));
    desk.set_gate(abi::Vector::Vc, abi::interrupt_gate(handler, 0, 0));
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::GeneralProtection, 1}));
}
TEST_F(Exception, a_stack_at_an_address_that_is_not_canonical_is_a_stack_fault) {
    desk.set_gate(abi::Vector::Vc, abi::interrupt_gate(handler, 8, 1));
    const std::uint64_t top = 1ull << 47;
    std::memcpy(desk.bytes.data() + 0x6000 + 0x24, &top, 8);
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::Stack, 1}));
}
// The bases are canonical, which is all that VMRUN checks; what is reached from there is not.
TEST_F(Exception, a_frame_that_leaves_the_canonical_addresses_is_a_stack_fault) {
    desk.save.rsp = 0xffff'8000'0000'0010;
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::Stack, 1}));
    EXPECT_EQ(desk.save.rip, 0x9123u);
}
TEST_F(Exception, tables_that_leave_the_canonical_addresses_are_general_protection_faults) {
    const abi::Segment sound = desk.save.idtr;
    desk.save.idtr.base = 0x7fff'ffff'fff0;
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::GeneralProtection, 1}));
    desk.save.idtr = sound;
    desk.save.gdtr.base = 0x7fff'ffff'fff8;
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::GeneralProtection, 1}));
}
TEST_F(Exception, a_stack_that_is_not_mapped_is_a_page_fault_there) {
    desk.pte(0x7000) = 0;
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::PageFault, 2, GuestVa{0x7ff0 - 48}}));
}

/// Paging off, a gate of 8 bytes in page 5.
class LegacyException : public Exception {
protected:
    LegacyException() {
        desk.save.efer = abi::Efer::svme;
        desk.save.cr0 = abi::Cr0::pe;
        desk.save.cr4 = 0;
        desk.save.cs = {0x18, 0xc9b, ~0u, 0};
        desk.save.ss = {0x10, abi::SegmentAttributes::data, ~0u, 0};
    }
    void set_legacy_gate(unsigned vector, std::uint64_t gate) { desk.qword(0x5000 + 8 * vector) = gate; }
    /// Tables of legacy modes are not aligned.
    void put(std::uint64_t at, std::uint64_t value) {
        std::memcpy(desk.bytes.data() + at, &value, sizeof value);
    }
    std::uint32_t dword(std::uint64_t at) {
        std::uint32_t value = 0;
        std::memcpy(&value, desk.bytes.data() + at, 4);
        return value;
    }
    static constexpr std::uint64_t gate32 = 0x0012'8e00'0018'5678;
};

TEST_F(LegacyException, in_protected_mode_it_writes_dwords_with_the_error_code) {
    set_legacy_gate(29, gate32);
    ASSERT_TRUE(deliver());
    EXPECT_EQ(desk.save.rip, 0x12'5678u);
    EXPECT_EQ(desk.save.rsp, 0x7ff8u - 16);
    EXPECT_EQ(dword(0x7fe8), 0x72u);
    EXPECT_EQ(dword(0x7fec), 0x9123u);
    EXPECT_EQ(dword(0x7ff0), 0x18u);
    EXPECT_EQ(dword(0x7ff4), abi::Rflags::one | abi::Rflags::interrupt | abi::Rflags::rf);
    EXPECT_EQ(desk.save.cs.attributes, 0xc9b);
    EXPECT_EQ(desk.save.rflags, abi::Rflags::one);
}
TEST_F(LegacyException, from_ring_3_it_takes_the_stack_of_the_task) {
    set_legacy_gate(29, gate32);
    desk.save.cpl = 3;
    desk.save.cs.selector = 0x1b;
    desk.save.ss.selector = 0x23;
    put(0x6004, 0x10'0000'9000);
    ASSERT_TRUE(deliver());
    EXPECT_EQ(desk.save.rsp, 0x9000u - 24);
    EXPECT_EQ(dword(0x8ff8), 0x7ff8u);
    EXPECT_EQ(dword(0x8ffc), 0x23u);
    EXPECT_EQ(desk.save.ss.selector, 0x10);
    EXPECT_EQ(desk.save.cpl, 0);
}
TEST_F(LegacyException, a_wrong_stack_of_the_task_is_an_invalid_tss) {
    set_legacy_gate(29, gate32);
    desk.save.cpl = 3;
    put(0x6004, 0x18'0000'9000);  // a code segment
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::InvalidTss, 0x19}));
}
TEST_F(LegacyException, a_16_bit_gate_writes_words) {
    set_legacy_gate(29, 0xffff'8600'0018'5678);
    ASSERT_TRUE(deliver());
    EXPECT_EQ(desk.save.rip, 0x5678u);
    EXPECT_EQ(desk.save.rsp, 0x7ff8u - 8);
    EXPECT_EQ(dword(0x7ff0), 0x9123'0072u);
}
TEST_F(LegacyException, a_task_gate_and_a_gate_of_long_mode_are_general_protection_faults) {
    set_legacy_gate(29, 0x0000'8500'0018'0000);
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::GeneralProtection, gate_error(29)}));
    set_legacy_gate(29, 0x0000'8c00'0018'0000);
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::GeneralProtection, gate_error(29)}));
}
TEST_F(LegacyException, a_stack_beyond_its_segment_is_a_stack_fault) {
    set_legacy_gate(29, gate32);
    desk.save.ss.limit = 0x6fff;
    EXPECT_EQ(deliver().error(), (DeliveryFault{abi::Vector::Stack, 1}));
}
TEST_F(LegacyException, in_real_mode_it_goes_through_the_table_without_an_error_code) {
    desk.save.cr0 = 0;
    desk.save.idtr = {0, 0, 0x3ff, 0x5000};
    put(0x5000 + 4 * 29, 0x0123'4567);
    desk.save.cs = {0x900, 0x9b, 0xffff, 0x9000};
    desk.save.ss = {0x700, 0x93, 0xffff, 0x7000};
    desk.save.rip = 0x123;
    desk.save.rsp = 0xff8;
    ASSERT_TRUE(deliver());
    EXPECT_EQ(desk.save.rip, 0x4567u);
    EXPECT_EQ(desk.save.cs.selector, 0x123);
    EXPECT_EQ(desk.save.cs.base, 0x1230u);
    EXPECT_EQ(desk.save.rsp, 0xff2u);
    EXPECT_EQ(dword(0x7ff2), 0x0900'0123u);
    EXPECT_EQ(dword(0x7ff6) & 0xffff, abi::Rflags::one | abi::Rflags::interrupt);
    EXPECT_EQ(desk.save.rflags & abi::Rflags::interrupt, 0u);
}

}  // namespace
}  // namespace snpemu
