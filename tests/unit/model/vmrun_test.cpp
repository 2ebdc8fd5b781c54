// SPDX-License-Identifier: MIT
// One test per reason for which a CPU refuses to enter a guest.
#include "model/vmrun.hpp"

#include <set>

#include <gtest/gtest.h>

#include "abi/x86/registers.hpp"
#include "tests/unit/reached.hpp"

namespace model {
namespace {

using enum Vmpl;

class Vmrun : public testing::Test {
protected:
    Vmrun() {
        vmsa.efer = abi::Efer::svme | abi::Efer::lme | abi::Efer::lma;
        vmsa.cr0 = abi::Cr0::pg | abi::Cr0::pe;
        vmsa.cr4 = abi::Cr4::pae;
        vmsa.cs.attributes = 0xa9b;
        vmsa.sev_features = 1;
        vmsa.xcr0 = 1;
        vmsa.vmpl = 1;
    }
    [[nodiscard]] std::expected<void, VmrunFault> run(Vmpl vmpl = Vmpl1) const {
        return check_vmrun(page, vmsa, vmpl, cpu);
    }
    [[nodiscard]] VmrunFault refusal(Vmpl vmpl = Vmpl1) const {
        const auto result = run(vmpl);
        EXPECT_FALSE(result.has_value()) << "VMRUN succeeded";
        return result ? VmrunFault{0xff} : result.error();
    }

    RmpEntry page{.assigned = true, .validated = true, .vmsa = true, .permissions = {abi::Permission::all}};
    abi::Vmsa vmsa{};
    Processor cpu{};
};

TEST_F(Vmrun, enters_a_sound_vmsa) {
    EXPECT_TRUE(run().has_value());
    vmsa.vmpl = 0;
    EXPECT_TRUE(run(Vmpl0).has_value());
    vmsa.vmpl = 3;
    EXPECT_TRUE(run(Vmpl3).has_value());
}

TEST_F(Vmrun, enters_real_mode_with_the_registers_of_reset) {
    vmsa.efer = abi::Efer::svme;
    vmsa.cr0 = 0x6000'0010;
    vmsa.cr4 = 0x40;
    vmsa.cs.attributes = 0x9b;
    EXPECT_TRUE(run().has_value());
}

TEST_F(Vmrun, refuses_a_page_of_the_host) {
    page.assigned = false;
    EXPECT_EQ(refusal(), VmrunFault::NotAssigned);
}

TEST_F(Vmrun, refuses_a_page_that_is_not_validated) {
    page.validated = false;
    EXPECT_EQ(refusal(), VmrunFault::NotValidated);
}

TEST_F(Vmrun, refuses_an_ordinary_page) {
    page.vmsa = false;
    EXPECT_EQ(refusal(), VmrunFault::NotVmsaPage);
}

TEST_F(Vmrun, refuses_a_2m_page) {
    page.large = true;
    EXPECT_EQ(refusal(), VmrunFault::LargePage);
}

TEST_F(Vmrun, refuses_a_vmsa_that_runs_elsewhere) {
    page.in_use = true;
    EXPECT_EQ(refusal(), VmrunFault::InUse);
}

TEST_F(Vmrun, refuses_a_vmsa_whose_svme_is_clear) {
    vmsa.efer &= ~abi::Efer::svme;
    EXPECT_EQ(refusal(), VmrunFault::SvmeClear);
}

TEST_F(Vmrun, refuses_a_vmsa_without_snp) {
    vmsa.sev_features = 0;
    EXPECT_EQ(refusal(), VmrunFault::NotSnp);
}

TEST_F(Vmrun, refuses_every_feature_the_machine_does_not_know) {
    vmsa.tsc_scale = abi::tsc_scale_one;  // which one of them asks for
    for (unsigned bit = 1; bit < 64; ++bit) {
        vmsa.sev_features = 1 | 1ull << bit;
        EXPECT_EQ(refusal(), VmrunFault::UnsupportedFeature) << bit;
        EXPECT_TRUE(check_vmrun(page, vmsa, Vmpl1, {.sev_features = vmsa.sev_features}).has_value());
    }
}

TEST_F(Vmrun, refuses_a_vmpl_that_does_not_exist) {
    vmsa.vmpl = 4;
    EXPECT_EQ(refusal(), VmrunFault::BadVmpl);
}

TEST_F(Vmrun, refuses_a_vmsa_of_another_vmpl) {
    EXPECT_EQ(refusal(Vmpl0), VmrunFault::WrongVmpl);
    EXPECT_EQ(refusal(Vmpl2), VmrunFault::WrongVmpl);
}

TEST_F(Vmrun, refuses_a_vmsa_that_is_marked_busy) {
    vmsa.vintr_ctrl = 1ull << 63;
    EXPECT_EQ(refusal(), VmrunFault::Busy);
}

TEST_F(Vmrun, a_secure_tsc_has_the_scale_1) {
    vmsa.sev_features |= 1 << 9;
    EXPECT_EQ(refusal(), VmrunFault::UnsupportedFeature) << "on a CPU without it";
    cpu.sev_features |= 1 << 9;
    for (const std::uint64_t scale : {0ull, 1ull, (1ull << 32) - 1, (1ull << 32) + 1, 2ull << 32, ~0ull}) {
        vmsa.tsc_scale = scale;
        EXPECT_EQ(refusal(), VmrunFault::ScaledTsc) << scale;
    }
    vmsa.tsc_scale = 1ull << 32;
    vmsa.tsc_offset = ~0ull;
    EXPECT_TRUE(run().has_value());
    vmsa.sev_features = 1;
    vmsa.tsc_scale = 7;
    EXPECT_TRUE(run().has_value()) << "without the feature the field means nothing";
}

TEST_F(Vmrun, busy_has_an_exit_code_of_its_own) {
    EXPECT_EQ(exit_code_of(VmrunFault::Busy), abi::ExitCode::Busy);
    EXPECT_EQ(exit_code_of(VmrunFault::BadXcr0), abi::ExitCode::Invalid);
    EXPECT_EQ(exit_code_of(VmrunFault::InUse), abi::ExitCode::Invalid);
}

TEST_F(Vmrun, refuses_cr0_with_nw_but_without_cd) {
    vmsa.cr0 |= abi::Cr0::nw;
    EXPECT_EQ(refusal(), VmrunFault::BadCr0);
    vmsa.cr0 |= abi::Cr0::cd;
    EXPECT_TRUE(run().has_value());
}

TEST_F(Vmrun, refuses_the_upper_halves_of_cr0_dr6_and_dr7) {
    struct Case {
        std::uint64_t abi::Vmsa::*reg;
        VmrunFault fault;
    };
    for (const auto& [reg, fault] :
         {Case{&abi::Vmsa::cr0, VmrunFault::BadCr0}, Case{&abi::Vmsa::dr6, VmrunFault::BadDebugRegisters},
          Case{&abi::Vmsa::dr7, VmrunFault::BadDebugRegisters}}) {
        vmsa.*reg |= 1ull << 32;
        EXPECT_EQ(refusal(), fault);
        vmsa.*reg &= ~(1ull << 32);
        EXPECT_TRUE(run().has_value());
    }
}

TEST_F(Vmrun, refuses_cr3_beyond_the_physical_address) {
    cpu.physical_bits = 48;
    vmsa.cr3 = 1ull << 47 | 0x1000;
    EXPECT_TRUE(run().has_value());
    vmsa.cr3 = 1ull << 48;
    EXPECT_EQ(refusal(), VmrunFault::BadCr3);
}

TEST_F(Vmrun, refuses_every_bit_of_cr4_and_efer_that_the_cpu_has_not) {
    for (unsigned bit = 0; bit < 64; ++bit) {
        const std::uint64_t mask = 1ull << bit;
        const abi::Vmsa sound = vmsa;
        vmsa.cr4 |= mask;
        if ((cpu.cr4 & mask) == 0) EXPECT_EQ(refusal(), VmrunFault::BadCr4) << bit;
        vmsa = sound;
        vmsa.efer |= mask;
        if ((cpu.efer & mask) == 0) EXPECT_EQ(refusal(), VmrunFault::BadEfer) << bit;
        vmsa = sound;
    }
    cpu.cr4 |= abi::Cr4::osxsave;
    vmsa.cr4 |= abi::Cr4::osxsave;
    EXPECT_TRUE(run().has_value());
}

TEST_F(Vmrun, refuses_long_mode_without_pae) {
    vmsa.cr4 = 0;
    EXPECT_EQ(refusal(), VmrunFault::BadLongMode);
}

TEST_F(Vmrun, refuses_long_mode_without_protection) {
    vmsa.cr0 = abi::Cr0::pg;
    EXPECT_EQ(refusal(), VmrunFault::BadLongMode);
}

TEST_F(Vmrun, refuses_a_code_segment_that_is_long_and_32_bit_at_once) {
    vmsa.cs.attributes = 0xe9b;
    EXPECT_EQ(refusal(), VmrunFault::BadCodeSegment);
    vmsa.efer = abi::Efer::svme;  // no long mode: L means nothing
    vmsa.cr0 = abi::Cr0::pe;
    EXPECT_TRUE(run().has_value());
}

TEST_F(Vmrun, refuses_xcr0_without_x87) {
    vmsa.xcr0 = 0;
    EXPECT_EQ(refusal(), VmrunFault::BadXcr0);
}

TEST_F(Vmrun, refuses_xcr0_with_avx_but_without_sse) {
    cpu.xcr0 = 7;
    vmsa.xcr0 = 5;
    EXPECT_EQ(refusal(), VmrunFault::BadXcr0);
    vmsa.xcr0 = 7;
    EXPECT_TRUE(run().has_value());
}

TEST_F(Vmrun, refuses_every_state_that_the_cpu_has_not) {
    cpu.xcr0 = 7;
    for (unsigned bit = 3; bit < 64; ++bit) {
        vmsa.xcr0 = 7 | 1ull << bit;
        EXPECT_EQ(refusal(), VmrunFault::BadXcr0) << bit;
    }
    vmsa.xcr0 = 1;
    for (unsigned bit = 0; bit < 64; ++bit) {
        vmsa.xss = 1ull << bit;
        EXPECT_EQ(refusal(), VmrunFault::BadXss) << bit;
    }
}

/// Empty for numbers that are no fault; the compiler asks for a new one here.
std::string name_of(VmrunFault fault) {
    switch (fault) {
        case VmrunFault::NotAssigned: return "NotAssigned";
        case VmrunFault::NotValidated: return "NotValidated";
        case VmrunFault::NotVmsaPage: return "NotVmsaPage";
        case VmrunFault::LargePage: return "LargePage";
        case VmrunFault::InUse: return "InUse";
        case VmrunFault::SvmeClear: return "SvmeClear";
        case VmrunFault::NotSnp: return "NotSnp";
        case VmrunFault::UnsupportedFeature: return "UnsupportedFeature";
        case VmrunFault::BadVmpl: return "BadVmpl";
        case VmrunFault::WrongVmpl: return "WrongVmpl";
        case VmrunFault::Busy: return "Busy";
        case VmrunFault::BadCr0: return "BadCr0";
        case VmrunFault::BadCr3: return "BadCr3";
        case VmrunFault::BadCr4: return "BadCr4";
        case VmrunFault::BadDebugRegisters: return "BadDebugRegisters";
        case VmrunFault::BadEfer: return "BadEfer";
        case VmrunFault::BadLongMode: return "BadLongMode";
        case VmrunFault::BadCodeSegment: return "BadCodeSegment";
        case VmrunFault::BadXcr0: return "BadXcr0";
        case VmrunFault::BadXss: return "BadXss";
        case VmrunFault::ScaledTsc: return "ScaledTsc";
    }
    return "";
}

TEST_F(Vmrun, has_a_page_or_a_vmsa_for_each_fault) {
    Reached<VmrunFault, std::string (*)(VmrunFault)> table{name_of};
    const RmpEntry sound_page = page;
    const abi::Vmsa sound_vmsa = vmsa;
    const auto row = [&](const char* scene, auto spoil, std::optional<VmrunFault> expected) {
        page = sound_page, vmsa = sound_vmsa;
        spoil();
        table.row(scene, run(), expected);
    };
    row(
        "a sound VMSA", [] {}, std::nullopt);
    row(
        "a page of the host", [&] { page.assigned = false; }, VmrunFault::NotAssigned);
    row(
        "before PVALIDATE", [&] { page.validated = false; }, VmrunFault::NotValidated);
    row(
        "an ordinary page", [&] { page.vmsa = false; }, VmrunFault::NotVmsaPage);
    row(
        "a page of 2 MiB", [&] { page.large = true; }, VmrunFault::LargePage);
    row(
        "a VMSA that runs", [&] { page.in_use = true; }, VmrunFault::InUse);
    row(
        "EFER of 0", [&] { vmsa.efer = 0; }, VmrunFault::SvmeClear);
    row(
        "no SEV feature", [&] { vmsa.sev_features = 0; }, VmrunFault::NotSnp);
    row(
        "one feature more", [&] { vmsa.sev_features = 3; }, VmrunFault::UnsupportedFeature);
    row(
        "VMPL 4", [&] { vmsa.vmpl = 4; }, VmrunFault::BadVmpl);
    row(
        "another VMPL", [&] { vmsa.vmpl = 2; }, VmrunFault::WrongVmpl);
    row(
        "marked busy", [&] { vmsa.vintr_ctrl = 1ull << 63; }, VmrunFault::Busy);
    row(
        "NW without CD", [&] { vmsa.cr0 |= abi::Cr0::nw; }, VmrunFault::BadCr0);
    row(
        "CR3 beyond the physical address", [&] { vmsa.cr3 = 1ull << 60; }, VmrunFault::BadCr3);
    row(
        "CR4 of a feature that is not there", [&] { vmsa.cr4 |= abi::Cr4::osxsave; }, VmrunFault::BadCr4);
    row(
        "upper half of DR7", [&] { vmsa.dr7 = 1ull << 32; }, VmrunFault::BadDebugRegisters);
    row(
        "reserved bit of EFER", [&] { vmsa.efer |= 2; }, VmrunFault::BadEfer);
    row(
        "long mode without PAE", [&] { vmsa.cr4 = 0; }, VmrunFault::BadLongMode);
    row(
        "64-bit and 32-bit code", [&] { vmsa.cs.attributes |= 1 << 10; }, VmrunFault::BadCodeSegment);
    row(
        "no x87 state", [&] { vmsa.xcr0 = 0; }, VmrunFault::BadXcr0);
    row(
        "a supervisor state", [&] { vmsa.xss = 1 << 11; }, VmrunFault::BadXss);
    cpu.sev_features |= abi::SevFeatures::SecureTsc::mask;
    row(
        "Secure TSC of scale 0", [&] { vmsa.sev_features |= 1 << 9; }, VmrunFault::ScaledTsc);
    table.expect_all();
}

TEST(VmrunFault, every_fault_has_its_own_word) {
    std::set<std::string_view> words;
    constexpr auto count = static_cast<unsigned>(VmrunFault::ScaledTsc) + 1;
    for (unsigned i = 0; i < count; ++i) words.insert(describe(static_cast<VmrunFault>(i)));
    EXPECT_EQ(words.size(), count);
    EXPECT_FALSE(words.contains("unknown"));
    for (const std::string_view word : words) EXPECT_EQ(word.find(' '), std::string_view::npos) << word;
}

}  // namespace
}  // namespace model
