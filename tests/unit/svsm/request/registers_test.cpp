// SPDX-License-Identifier: MIT
// Every register of the calling convention, on its way in and out.
#include "svsm/request/registers.hpp"

#include "tests/unit/svsm/world.hpp"

namespace svsm {
namespace {

class CallRegisters : public World {
protected:
    CallRegisters() {
        request(1, {11, 22, 33, 44, 55});
        view.vmsa = machine::map_window(machine::Window::Vmsa1, vmsa(1));
        view.vmsa_page = vmsa(1);
        view.generation = 7;
    }
    ~CallRegisters() override { machine::unmap_window(machine::Window::Vmsa1); }
    SlotView view{.level = Vmpl1};
};

TEST_F(CallRegisters, a_call_has_all_that_carry_parameters) {
    const auto call = read_call(view);
    ASSERT_TRUE(call.has_value());
    EXPECT_EQ((Registers{call->rax, call->rcx, call->rdx, call->r8, call->r9}),
              (Registers{11, 22, 33, 44, 55}));
    EXPECT_EQ(call->vmpl, Vmpl1);
    EXPECT_EQ(call->generation, 7u);
    EXPECT_EQ(call->vmsa, vmsa(1));
}

TEST_F(CallRegisters, an_answer_can_give_all_of_them) {
    EXPECT_TRUE(write_answer(view.vmsa, {.result = 1, .rcx = 2, .rdx = 3, .r8 = 4, .r9 = 5}).has_value());
    EXPECT_EQ(registers_in(vmsa(1)), (Registers{1, 2, 3, 4, 5}));
}

TEST_F(CallRegisters, what_an_answer_does_not_give_stays) {
    const std::pair<Answer, Registers> cases[]{{{}, {0, 22, 33, 44, 55}},
                                               {{.rcx = 2}, {0, 2, 33, 44, 55}},
                                               {{.rdx = 3}, {0, 22, 3, 44, 55}},
                                               {{.r8 = 4}, {0, 22, 33, 4, 55}},
                                               {{.r9 = 5}, {0, 22, 33, 44, 5}}};
    for (const auto& [answer, after] : cases) {
        request(1, {11, 22, 33, 44, 55});
        ASSERT_TRUE(write_answer(view.vmsa, answer).has_value());
        EXPECT_EQ(registers_in(vmsa(1)), after);
    }
}

// The host takes the VMSA away in the middle of a call.
TEST_F(CallRegisters, a_vmsa_that_is_gone_is_a_fault) {
    m.host_takes(vmsa(1));
    EXPECT_FALSE(read_call(view).has_value());
    EXPECT_FALSE(write_answer(view.vmsa, {}).has_value());
}

}  // namespace
}  // namespace svsm
