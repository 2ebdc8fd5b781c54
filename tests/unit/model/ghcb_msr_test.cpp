// SPDX-License-Identifier: MIT
// Requests and replies of the GHCB MSR protocol, as the bits of the specification's table.
#include "model/ghcb_msr.hpp"

#include <gtest/gtest.h>

namespace model::ghcb_msr {
namespace {

template <class T>
T decoded(std::uint64_t msr) {
    const Request request = decode(msr);
    const T* value = std::get_if<T>(&request);
    EXPECT_NE(value, nullptr) << "decoded as alternative " << request.index();
    return value != nullptr ? *value : T{};
}

TEST(GhcbMsr, a_page_address_asks_to_look_into_the_page) {
    EXPECT_EQ(decoded<UseGhcbPage>(0x1234'5000).gpa, Gpa{0x1234'5000});
}

TEST(GhcbMsr, sev_info_names_versions_and_c_bit) {
    (void)decoded<SevInfo>(0x002);
    EXPECT_EQ(sev_info_reply(1, 2, 47), 0x0002'0001'2f00'0001u);
}

TEST(GhcbMsr, cpuid_names_function_and_register) {
    const auto request = decoded<Cpuid>(0x8000'001f'4000'0004);
    EXPECT_EQ(request.function, 0x8000'001fu);
    EXPECT_EQ(request.reg, 1u);
    EXPECT_EQ(cpuid_reply(3, 0xdead'beef), 0xdead'beef'c000'0005u);
}

TEST(GhcbMsr, a_ghcb_is_registered_by_echo) {
    EXPECT_EQ(decoded<RegisterGhcb>(0x0012'3456'7000'0012).gpa, Gpa{0x0012'3456'7000'0000});
    EXPECT_EQ(register_reply(Gpa{0x7000}), 0x7013u);
    EXPECT_EQ(register_refused(), 0xffff'ffff'ffff'f013u);
}

TEST(GhcbMsr, page_state_change_names_page_and_operation) {
    const auto request = decoded<PageStateChange>(0x0020'1234'5678'9014);
    EXPECT_EQ(request.gpa, Gpa{0x1234'5678'9000});
    EXPECT_EQ(request.operation, 2);
    EXPECT_EQ(psc_reply(0), 0x015u);
    EXPECT_EQ(psc_reply(0x8000'0000), 0x8000'0000'0000'0015u);
}

TEST(GhcbMsr, run_vmpl_names_the_target) {
    EXPECT_EQ(decoded<RunVmpl>(0x0000'0002'0000'0016).vmpl, 2);
    EXPECT_EQ(decoded<RunVmpl>(0x0000'00ff'0000'0016).vmpl, 0xff);
    EXPECT_EQ(run_vmpl_reply(0), 0x017u);
    EXPECT_EQ(run_vmpl_reply(1), 0x0000'0001'0000'0017u);
}

TEST(GhcbMsr, features_are_a_bitmap) {
    (void)decoded<Features>(0x080);
    EXPECT_EQ(features_reply(0x23), 0x23081u);
}

TEST(GhcbMsr, termination_names_set_and_code) {
    const auto request = decoded<Terminate>(0x0000'0000'0007'f100);
    EXPECT_EQ(request.set, 15);
    EXPECT_EQ(request.code, 7);
}

TEST(GhcbMsr, there_is_no_preferred_page) {
    (void)decoded<PreferredGhcb>(0x010);
    EXPECT_EQ(preferred_ghcb_none(), 0xffff'ffff'ffff'f011u);
}

TEST(GhcbMsr, a_reset_hold_is_recognised) { (void)decoded<ApResetHold>(0x006); }

TEST(GhcbMsr, everything_else_is_unknown) {
    EXPECT_EQ(decoded<Unknown>(0x0000'0001'0000'0fff).value, 0x0000'0001'0000'0fffu);
    // A reply of the hypervisor is no request either.
    for (const std::uint64_t reply : {0x001u, 0x005u, 0x007u, 0x011u, 0x013u, 0x015u, 0x017u, 0x081u})
        EXPECT_EQ(decoded<Unknown>(reply).value, reply);
}

}  // namespace
}  // namespace model::ghcb_msr
