// SPDX-License-Identifier: MIT
// The CPUID view of the machine, built over a CPU that claims to have everything.
#include "snpemu/host/cpuid_table.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace snpemu {
namespace {

CpuidValue everything(std::uint32_t, std::uint32_t) { return {~0u, ~0u, ~0u, ~0u}; }

class CpuidTable : public testing::Test {
protected:
    CpuidTable() { build_cpuid_page(*page, everything, 4, 47); }
    CpuidValue of(std::uint32_t function, std::uint32_t apic_id = 0) {
        return answer_cpuid(*page, function, 0, apic_id);
    }
    std::unique_ptr<abi::CpuidPage> page = std::make_unique<abi::CpuidPage>();
};

TEST_F(CpuidTable, announces_snp_with_four_vmpls_and_the_c_bit) {
    const CpuidValue sev = of(0x8000'001f);
    EXPECT_EQ(sev.eax, (1u << 1) | (1u << 3) | (1u << 4) | (1u << 5) | (1u << 10));
    EXPECT_EQ(abi::CpuidSev::CBit::get(sev.ebx), 47u);
    EXPECT_EQ(abi::CpuidSev::VmplCount::get(sev.ebx), 4u);
}
TEST_F(CpuidTable, the_svsm_bit_is_never_the_hardwares) {
    EXPECT_FALSE(abi::CpuidSev::Svsm::test(of(0x8000'001f).eax));
}
TEST_F(CpuidTable, hides_what_the_machine_cannot_do) {
    const CpuidValue one = of(1);
    EXPECT_FALSE(one.ecx & (1u << 26)) << "XSAVE";
    EXPECT_FALSE(one.ecx & (1u << 28)) << "AVX";
    EXPECT_FALSE(one.ecx & (1u << 21)) << "x2APIC";
    EXPECT_FALSE(one.ecx & (1u << 13)) << "CMPXCHG16B";
    EXPECT_TRUE(one.ecx & (1u << 31)) << "hypervisor present";
    EXPECT_FALSE(of(0x8000'0001).ecx & (1u << 2)) << "SVM";
    EXPECT_EQ(of(7).ecx & ~(1u << 2), 0u) << "LA57";
    EXPECT_LE(of(0).eax, 0xcu) << "no function 0Dh";
}
TEST_F(CpuidTable, announces_invlpgb) {
    EXPECT_TRUE(abi::CpuidExtended8::Invlpgb::test(of(0x8000'0008).ebx));
}
TEST_F(CpuidTable, hosts_hide_bits_of_what_works) {
    using abi::adyton::HostProperty;
    EXPECT_TRUE(abi::CpuidSev::CoherentWithSoftware::test(of(0x8000'001f).ebx));
    abi::adyton::HostProperties host;
    host.add(HostProperty::HiddenInvlpgb);
    host.add(HostProperty::StaleLines);
    build_cpuid_page(*page, everything, 4, 47, host);
    EXPECT_FALSE(abi::CpuidExtended8::Invlpgb::test(of(0x8000'0008).ebx));
    EXPECT_FALSE(abi::CpuidSev::CoherentWithSoftware::test(of(0x8000'001f).ebx));
    EXPECT_EQ(abi::CpuidSev::CBit::get(of(0x8000'001f).ebx), 47u);
}
TEST_F(CpuidTable, tells_each_vcpu_its_own_apic_id) {
    EXPECT_EQ(of(1, 3).ebx >> 24, 3u);
    EXPECT_EQ(of(0xb, 2).edx, 2u);
    EXPECT_EQ(of(0x8000'001e, 1).eax, 1u);
}
TEST_F(CpuidTable, unknown_functions_are_zero) { EXPECT_EQ(of(0x4000'0000).eax, 0u); }
TEST_F(CpuidTable, fits_and_leaves_the_rest_zero) {
    EXPECT_LE(page->count, abi::cpuid_page_max_entries);
    EXPECT_EQ(page->entries[page->count].eax_in, 0u);
}
TEST_F(CpuidTable, a_corrupt_count_does_not_lead_outside_the_page) {
    page->count = ~0u;
    EXPECT_EQ(of(0x1234'5678).eax, 0u);
}

}  // namespace
}  // namespace snpemu
