// SPDX-License-Identifier: MIT
// The CPUID view of the machine, built over a CPU that claims to have everything.
#include "snpemu/host/cpuid_table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>

namespace snpemu {
namespace {

/// Caches of types 1 to 3, states of 256 bytes, one behind the other from 240h; all other bits set.
CpuidValue everything(std::uint32_t function, std::uint32_t sub) {
    if (function == 4 || function == 0x8000'001d) {
        constexpr std::uint32_t types[]{1 | 1 << 5, 2 | 1 << 5, 3 | 2 << 5, 3 | 3 << 5};
        return {sub < 4 ? types[sub] : 0, 1, 2, 3};
    }
    if (function == 0xd && sub >= 2) return {0x100, 0x240 + 0x100 * (sub - 2), 0, 0};
    return {~0u, ~0u, ~0u, ~0u};
}
CpuidValue without_xsave(std::uint32_t function, std::uint32_t sub) {
    CpuidValue v = everything(function, sub);
    if (function == 1) v.ecx &= ~(1u << 26);
    return v;
}

class CpuidTable : public testing::Test {
protected:
    CpuidTable() { build_cpuid_page(*page, everything, {.cpu_count = 4}); }
    const abi::CpuidEntry* entry(std::uint32_t function, std::uint32_t sub) {
        for (std::uint32_t i = 0; i < page->count; ++i)
            if (page->entries[i].eax_in == function && page->entries[i].ecx_in == sub)
                return &page->entries[i];
        return nullptr;
    }
    CpuidValue of(std::uint32_t function, std::uint32_t apic_id = 0) {
        return answer_cpuid(*page, function, 0, {.apic_id = apic_id});
    }
    std::unique_ptr<abi::CpuidPage> page = std::make_unique<abi::CpuidPage>();
};

TEST_F(CpuidTable, announces_snp_with_four_vmpls_and_the_c_bit) {
    const CpuidValue sev = of(0x8000'001f);
    EXPECT_EQ(sev.eax & 0x47f, (1u << 1) | (1u << 3) | (1u << 4) | (1u << 5) | (1u << 10));
    EXPECT_EQ(abi::CpuidSev::CBit::get(sev.ebx), 47u);
    EXPECT_EQ(abi::CpuidSev::VmplCount::get(sev.ebx), 4u);
}
TEST_F(CpuidTable, announces_the_features_of_a_vmsa_that_the_machine_runs) {
    const std::uint32_t eax = of(0x8000'001f).eax;
    for (const unsigned bit : {8u, 9u, 12u, 14u, 15u, 25u, 31u}) EXPECT_TRUE(eax >> bit & 1) << bit;
    for (const unsigned bit : {6u, 7u, 13u, 16u, 17u, 18u, 19u, 24u, 26u})
        EXPECT_FALSE(eax >> bit & 1) << bit;
}
TEST_F(CpuidTable, the_svsm_bit_is_never_the_hardwares) {
    EXPECT_FALSE(abi::CpuidSev::Svsm::test(of(0x8000'001f).eax));
}
TEST_F(CpuidTable, hides_what_the_machine_cannot_do) {
    const CpuidValue one = of(1);
    EXPECT_FALSE(one.ecx & (1u << 21)) << "x2APIC";
    EXPECT_FALSE(one.ecx & (1u << 17)) << "PCID";
    EXPECT_FALSE(one.ecx & (1u << 27)) << "OSXSAVE: nobody has set CR4 yet";
    EXPECT_TRUE(one.ecx & (1u << 31)) << "hypervisor present";
    EXPECT_FALSE(of(0x8000'0001).ecx & (1u << 2)) << "SVM";
    EXPECT_EQ(of(7).ecx & ~(1u << 2 | 1u << 3), 0u) << "LA57";
}
TEST_F(CpuidTable, addresses_end_where_the_machine_does_with_firmware) {
    EXPECT_EQ(of(0x8000'0008).eax >> 16, 0u);
    build_cpuid_page(*page, everything, {.cpu_count = 4, .has_firmware = true});
    EXPECT_EQ(of(0x8000'0008).eax >> 16, 39u);
    EXPECT_EQ(of(0x8000'0008).eax & 0xff, 47u);
}
TEST_F(CpuidTable, x2apic_comes_with_the_signature_that_linux_asks_for) {
    EXPECT_EQ(of(0x4000'0000).ebx, 0u);
    build_cpuid_page(*page, everything, {.cpu_count = 4, .host = *abi::adyton::HostProperties::parse("x2apic")});
    EXPECT_TRUE(of(1).ecx & (1u << 21));
    const CpuidValue signature = of(0x4000'0000);
    const std::array words{signature.ebx, signature.ecx, signature.edx};
    EXPECT_STREQ(reinterpret_cast<const char*>(words.data()), "KVMKVMKVM");
    EXPECT_EQ(of(0x4000'0001).eax, 0u) << "a feature of KVM";
}
TEST_F(CpuidTable, xsave_and_all_that_needs_it_are_those_of_the_cpu_beneath) {
    EXPECT_EQ(of(0).eax, 0xdu);
    for (const unsigned bit : {12u, 26u, 28u, 29u}) EXPECT_TRUE(of(1).ecx >> bit & 1) << bit;
    EXPECT_TRUE(of(7).ebx >> 5 & 1) << "AVX2";
    EXPECT_TRUE(of(7).ecx >> 3 & 1) << "PKU";
    build_cpuid_page(*page, without_xsave, {.cpu_count = 4});
    EXPECT_EQ(of(0).eax, 0xcu);
    for (const unsigned bit : {12u, 26u, 28u, 29u}) EXPECT_FALSE(of(1).ecx >> bit & 1) << bit;
    EXPECT_FALSE(of(7).ebx >> 5 & 1) << "AVX2";
    EXPECT_FALSE(of(7).ecx >> 3 & 1) << "PKU";
    EXPECT_EQ(entry(0xd, 0), nullptr);
}
// Linux takes an entry of XCR0 1 and XSS 0 only, and wants XSAVEC or XSAVES.
TEST_F(CpuidTable, extended_states_are_listed_for_xcr0_1) {
    for (const std::uint32_t sub : {0u, 1u}) {
        ASSERT_NE(entry(0xd, sub), nullptr);
        EXPECT_EQ(entry(0xd, sub)->xcr0_in, 1u);
        EXPECT_EQ(entry(0xd, sub)->xss_in, 0u);
        EXPECT_EQ(entry(0xd, sub)->ebx, 0x240u);
    }
    EXPECT_EQ(entry(0xd, 0)->eax, 0x207u);
    EXPECT_EQ(entry(0xd, 0)->ecx, 0x240u + 8 * 0x100) << "up to the last state";
    EXPECT_EQ(entry(0xd, 1)->eax, 1u | 4u | 8u) << "XSAVEOPT, XGETBV 1, XSAVES; never XSAVEC";
    EXPECT_NE(entry(0xd, 2), nullptr);
    EXPECT_NE(entry(0xd, 9), nullptr);
    EXPECT_EQ(entry(0xd, 3), nullptr) << "MPX has no place in a VMSA";
}
TEST_F(CpuidTable, sizes_of_states_follow_xcr0) {
    const auto bytes = [&](std::uint32_t sub, std::uint64_t xcr0) {
        return answer_cpuid(*page, 0xd, sub, {.xcr0 = xcr0}).ebx;
    };
    EXPECT_EQ(bytes(0, 1), 0x240u);
    EXPECT_EQ(bytes(0, 7), 0x340u);
    EXPECT_EQ(bytes(0, 0x207), 0xa40u);
    EXPECT_EQ(bytes(1, 7), 0x340u);
    EXPECT_EQ(bytes(1, 0x207), 0x440u);
    EXPECT_EQ(bytes(2, 7), 0x240u) << "the place of AVX does not depend on it";
    build_cpuid_page(*page, without_xsave, {});
    EXPECT_EQ(bytes(0, 7), 0u);
}
TEST_F(CpuidTable, os_bits_follow_cr4) {
    EXPECT_TRUE(answer_cpuid(*page, 1, 0, {.cr4 = 1 << 18}).ecx >> 27 & 1);
    EXPECT_FALSE(answer_cpuid(*page, 1, 0, {}).ecx >> 27 & 1);
    EXPECT_TRUE(answer_cpuid(*page, 7, 0, {.cr4 = 1 << 22}).ecx >> 4 & 1);
    EXPECT_FALSE(answer_cpuid(*page, 7, 0, {}).ecx >> 4 & 1);
}
TEST_F(CpuidTable, ecx_chooses_only_where_a_function_has_several_entries) {
    EXPECT_EQ(answer_cpuid(*page, 0x8000'001f, 5, {}).eax, of(0x8000'001f).eax);
    EXPECT_EQ(answer_cpuid(*page, 1, ~0u, {}).edx, of(1).edx);
    EXPECT_EQ(answer_cpuid(*page, 7, 1, {}).ebx, 0u);
}
TEST_F(CpuidTable, the_last_cache_is_shared_by_all_vcpus) {
    for (const std::uint32_t function : {4u, 0x8000'001du})
        for (std::uint32_t sub = 0; sub < 4; ++sub) {
            ASSERT_NE(entry(function, sub), nullptr);
            EXPECT_EQ(entry(function, sub)->eax >> 14 & 0xfff, sub == 3 ? 3u : 0u);
        }
    EXPECT_EQ(entry(4, 0)->eax >> 26, 3u) << "cores of the package";
    EXPECT_EQ(entry(4, 4), nullptr);
}
TEST_F(CpuidTable, topology_is_one_thread_in_each_core_of_one_socket) {
    ASSERT_NE(entry(0xb, 1), nullptr);
    EXPECT_EQ(entry(0xb, 0)->ebx, 1u);
    EXPECT_EQ(entry(0xb, 1)->ebx, 4u);
    EXPECT_EQ(entry(0xb, 1)->eax, 4u) << "bits of the APIC id";
    EXPECT_EQ(of(0x8000'0008).ecx >> 12 & 0xf, 4u) << "the same";
    EXPECT_EQ(of(0x8000'001e, 3).eax, 3u);
    EXPECT_EQ(of(0x8000'001e, 3).ebx, 3u) << "core 3, one thread";
    EXPECT_TRUE(of(0x8000'0001).ecx >> 22 & 1) << "topology extensions";
}
TEST_F(CpuidTable, apic_ids_of_a_large_machine_need_more_bits) {
    build_cpuid_page(*page, everything, {.cpu_count = 200});
    EXPECT_EQ(entry(0xb, 1)->eax, 8u);
    EXPECT_EQ(of(0x8000'0008).ecx >> 12 & 0xf, 8u);
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
    build_cpuid_page(*page, everything, {.cpu_count = 4, .host = host});
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
