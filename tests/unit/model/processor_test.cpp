// SPDX-License-Identifier: MIT
// Which bits the registers of a CPU take.
#include "model/processor.hpp"

#include <gtest/gtest.h>

namespace model {
namespace {

using abi::Cr4, abi::Xcr0;

constexpr std::uint32_t all = ~0u;
constexpr CpuidFeatures nothing{};
constexpr CpuidFeatures everything{.leaf1_ecx = all,
                                   .leaf7_ebx = all,
                                   .leaf7_ecx = all,
                                   .leafd_eax = Xcr0::x87 | Xcr0::sse | Xcr0::avx | Xcr0::pkru,
                                   .leaf8000_0008_eax = 48};

TEST(Processor, has_the_bits_of_every_long_mode_cpu) {
    const Processor cpu = make_processor(nothing, 1);
    EXPECT_EQ(cpu.cr4, Cr4::basic);
    EXPECT_EQ(cpu.xcr0, Xcr0::x87 | Xcr0::sse);
    EXPECT_EQ(cpu.xss, 0u);
    EXPECT_FALSE(cpu.has_xsave());
}
TEST(Processor, each_feature_brings_its_bit_of_cr4) {
    struct Case {
        CpuidFeatures native;
        std::uint64_t bit;
    };
    for (const auto& [native, bit] :
         {Case{{.leaf7_ecx = 1 << 2}, Cr4::umip}, Case{{.leaf7_ebx = 1 << 0}, Cr4::fsgsbase},
          Case{{.leaf1_ecx = 1 << 26}, Cr4::osxsave}, Case{{.leaf7_ebx = 1 << 7}, Cr4::smep},
          Case{{.leaf7_ebx = 1 << 20}, Cr4::smap},
          Case{{.leaf1_ecx = 1 << 26, .leaf7_ecx = 1 << 3}, Cr4::pke | Cr4::osxsave}})
        EXPECT_EQ(make_processor(native, 1).cr4, Cr4::basic | bit);
}
TEST(Processor, what_the_machine_cannot_give_is_not_there) {
    const Processor cpu = make_processor(everything, 1);
    EXPECT_EQ(cpu.cr4 & (Cr4::la57 | Cr4::pcide), 0u);
    EXPECT_EQ(make_processor({.leaf7_ecx = 1 << 3}, 1).cr4 & Cr4::pke, 0u) << "keys without XSAVE";
    EXPECT_EQ(cpu.physical_bits, 48u);
}
TEST(Processor, states_that_a_vmsa_has_no_place_for_are_noticed) {
    EXPECT_TRUE(has_known_states(everything));
    CpuidFeatures odd = everything;
    odd.leafd_eax |= 1 << 3;  // MPX
    EXPECT_FALSE(has_known_states(odd));
    odd.leaf1_ecx = 0;  // XCR0 cannot be written
    EXPECT_TRUE(has_known_states(odd));
}
TEST(Processor, cr0_refuses_what_vmrun_would_refuse) {
    using abi::Cr0, abi::Efer;
    constexpr std::uint64_t paging = Cr0::pg | Cr0::pe;
    EXPECT_TRUE(is_cr0_allowed(0, {}));
    EXPECT_TRUE(is_cr0_allowed(paging, {}));
    EXPECT_FALSE(is_cr0_allowed(Cr0::pg, {})) << "paging without protection";
    EXPECT_FALSE(is_cr0_allowed(Cr0::nw, {}));
    EXPECT_TRUE(is_cr0_allowed(Cr0::nw | Cr0::cd, {}));
    EXPECT_FALSE(is_cr0_allowed(1ull << 32, {}));
    EXPECT_FALSE(is_cr0_allowed(paging, {.efer = Efer::lme})) << "long mode without PAE";
    EXPECT_TRUE(is_cr0_allowed(paging, {.cr4 = Cr4::pae, .efer = Efer::lme}));
    constexpr Cr0Scene long_code{.cr4 = Cr4::pae, .efer = Efer::lme | Efer::lma, .in_64_bit_code = true};
    EXPECT_TRUE(is_cr0_allowed(paging, long_code));
    EXPECT_FALSE(is_cr0_allowed(Cr0::pe, long_code)) << "paging is switched off from 64-bit code";
}
TEST(Processor, lma_follows_paging) {
    using abi::Cr0, abi::Efer;
    EXPECT_EQ(efer_behind_cr0(Cr0::pg | Cr0::pe, Efer::lme), Efer::lme | Efer::lma);
    EXPECT_EQ(efer_behind_cr0(Cr0::pe, Efer::lme | Efer::lma), Efer::lme);
    EXPECT_EQ(efer_behind_cr0(Cr0::pg | Cr0::pe, Efer::sce), Efer::sce);
}
TEST(Processor, cr4_takes_its_bits_and_keeps_pae_in_long_mode) {
    const Processor cpu = make_processor(everything, 1);
    constexpr std::uint64_t long_mode = abi::Efer::lme | abi::Efer::lma;
    EXPECT_TRUE(is_cr4_allowed(cpu, Cr4::pae | Cr4::osxsave | Cr4::smep, long_mode));
    EXPECT_TRUE(is_cr4_allowed(cpu, 0, 0));
    EXPECT_FALSE(is_cr4_allowed(cpu, 0, long_mode));
    for (unsigned bit = 0; bit < 64; ++bit)
        EXPECT_EQ(is_cr4_allowed(cpu, Cr4::pae | 1ull << bit, long_mode), (cpu.cr4 >> bit & 1) != 0) << bit;
}
TEST(Processor, xcr0_takes_its_bits_x87_always_and_avx_with_sse) {
    const Processor cpu = make_processor(everything, 1);
    for (const std::uint64_t good : {1u, 3u, 7u, 0x201u, 0x207u})
        EXPECT_TRUE(is_xcr0_allowed(cpu, good)) << good;
    for (const std::uint64_t bad : {0u, 2u, 5u, 6u, 0x206u, 0x9u, 0x407u})
        EXPECT_FALSE(is_xcr0_allowed(cpu, bad)) << bad;
    EXPECT_FALSE(is_xcr0_allowed(cpu, 1ull << 63 | 1));
    EXPECT_FALSE(is_xcr0_allowed(make_processor(nothing, 1), 7));
}
TEST(Processor, debug_registers_have_32_bits_and_debugctl_six) {
    EXPECT_TRUE(is_debug_control_allowed(0xffff'ffff));
    EXPECT_FALSE(is_debug_control_allowed(1ull << 32));
    EXPECT_TRUE(is_debugctl_allowed(0x3f));
    for (const unsigned bit : {6u, 7u, 15u, 31u, 63u}) EXPECT_FALSE(is_debugctl_allowed(1ull << bit)) << bit;
}

}  // namespace
}  // namespace model
