// SPDX-License-Identifier: MIT
// Bits of CPUID against what the CPU does: what is listed works, what is hidden does not exist.
#include <array>

#include "abi/x86/registers.hpp"
#include "tests/machine/lib/cpuid.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/rule.hpp"
#include "tests/machine/lib/state.hpp"

namespace rules {
namespace {

using abi::Cr4, abi::CpuidEntry, abi::Vector;

/// An instruction, and the bit that says whether the CPU has it. [APM3 "Instruction Subsets
/// and CPUID Feature Flags"]
struct Feature {
    const char* name;
    std::uint32_t function, sub;
    std::uint32_t CpuidEntry::*result;
    unsigned bit;
    void (*execute)();
};
#define EXECUTES(...) \
    [] { asm volatile(__VA_ARGS__ : : "a"(buffer.data()) : "memory", "ecx", "edx", "ebx", "cc"); }

alignas(64) constinit std::array<std::uint64_t, 128> buffer{};
constexpr std::uint32_t extended = 0x8000'0001;

// XSAVES and RDSEED have rules of their own below.
constexpr Feature features[] = {
    {"SSE3", 1, 0, &CpuidEntry::ecx, 0, EXECUTES("addsubps %%xmm1, %%xmm0")},
    {"PCLMULQDQ", 1, 0, &CpuidEntry::ecx, 1, EXECUTES("pclmulqdq $0, %%xmm1, %%xmm0")},
    {"SSSE3", 1, 0, &CpuidEntry::ecx, 9, EXECUTES("pabsb %%xmm1, %%xmm0")},
    {"FMA", 1, 0, &CpuidEntry::ecx, 12, EXECUTES("vfmadd213ps %%xmm2, %%xmm1, %%xmm0")},
    {"CMPXCHG16B", 1, 0, &CpuidEntry::ecx, 13, EXECUTES("mov %%rax, %%rsi; cmpxchg16b (%%rsi)")},
    {"SSE4.1", 1, 0, &CpuidEntry::ecx, 19, EXECUTES("pmulld %%xmm1, %%xmm0")},
    {"SSE4.2", 1, 0, &CpuidEntry::ecx, 20, EXECUTES("crc32l %%ecx, %%edx")},
    {"MOVBE", 1, 0, &CpuidEntry::ecx, 22, EXECUTES("movbe (%%rax), %%ecx")},
    {"POPCNT", 1, 0, &CpuidEntry::ecx, 23, EXECUTES("popcnt %%ecx, %%edx")},
    {"AES", 1, 0, &CpuidEntry::ecx, 25, EXECUTES("aesenc %%xmm1, %%xmm0")},
    {"XSAVE", 1, 0, &CpuidEntry::ecx, 26, EXECUTES("xor %%ecx, %%ecx; xgetbv")},
    {"AVX", 1, 0, &CpuidEntry::ecx, 28, EXECUTES("vaddps %%ymm2, %%ymm1, %%ymm0")},
    {"F16C", 1, 0, &CpuidEntry::ecx, 29, EXECUTES("vcvtph2ps %%xmm1, %%xmm0")},
    {"RDRAND", 1, 0, &CpuidEntry::ecx, 30, EXECUTES("rdrand %%ecx")},
    {"FSGSBASE", 7, 0, &CpuidEntry::ebx, 0, EXECUTES("rdfsbase %%rcx")},
    {"BMI1", 7, 0, &CpuidEntry::ebx, 3, EXECUTES("andn %%ecx, %%ecx, %%edx")},
    {"AVX2", 7, 0, &CpuidEntry::ebx, 5, EXECUTES("vpaddd %%ymm2, %%ymm1, %%ymm0")},
    {"BMI2", 7, 0, &CpuidEntry::ebx, 8, EXECUTES("pdep %%ecx, %%ecx, %%edx")},
    {"INVPCID", 7, 0, &CpuidEntry::ebx, 10, EXECUTES("mov $2, %%ecx; invpcid (%%rax), %%rcx")},
    {"ADX", 7, 0, &CpuidEntry::ebx, 19, EXECUTES("adcx %%ecx, %%edx")},
    {"CLFLUSHOPT", 7, 0, &CpuidEntry::ebx, 23, EXECUTES("clflushopt (%%rax)")},
    {"CLWB", 7, 0, &CpuidEntry::ebx, 24, EXECUTES("clwb (%%rax)")},
    {"SHA", 7, 0, &CpuidEntry::ebx, 29, EXECUTES("sha256msg1 %%xmm1, %%xmm0")},
    {"PKU", 7, 0, &CpuidEntry::ecx, 3, EXECUTES("xor %%ecx, %%ecx; rdpkru")},
    {"RDPID", 7, 0, &CpuidEntry::ecx, 22, EXECUTES("rdpid %%rcx")},
    {"SSE4A", extended, 0, &CpuidEntry::ecx, 6, EXECUTES("extrq $1, $1, %%xmm0")},
    {"SVM", extended, 0, &CpuidEntry::ecx, 2, EXECUTES("clgi; stgi")},
    {"RDTSCP", extended, 0, &CpuidEntry::edx, 27, EXECUTES("rdtscp")},
    {"XSAVEOPT", 0xd, 1, &CpuidEntry::eax, 0,
     EXECUTES("mov %%rax, %%rsi; mov $1, %%eax; xor %%edx, %%edx; xsaveopt (%%rsi)")},
    {"XSAVEC", 0xd, 1, &CpuidEntry::eax, 1,
     EXECUTES("mov %%rax, %%rsi; mov $1, %%eax; xor %%edx, %%edx; xsavec (%%rsi)")},
    {"XGETBV1", 0xd, 1, &CpuidEntry::eax, 2, EXECUTES("mov $1, %%ecx; xgetbv")},
};

void check_all() {
    for (const Feature& f : features) {
        const bool is_listed = cpuid::has(cpuid::find(f.function, f.sub), f.result, f.bit);
        const auto fault = trap([&] { f.execute(); });
        const bool exists = !fault, is_undefined = fault && fault->is(Vector::InvalidOpcode);
        if (!CHECK(is_listed ? exists : is_undefined)) note(f.name, is_listed, fault ? fault->error : 0);
    }
}

RULE(cpuid_lists_the_instructions_that_exist, "APM3: Instruction Subsets and CPUID Feature Flags") {
    write_cr4(read_cr4() | Cr4::fsgsbase);
    check_all();
}

RULE(cpuid_lists_the_instructions_that_exist_with_xsave, "APM3: Instruction Subsets and CPUID Feature Flags",
     .options = "--cpu-features xsave,pku") {
    write_cr4(read_cr4() | Cr4::fsgsbase | Cr4::osxsave | Cr4::pke);
    write_xcr0(0x207);
    check_all();
}

/// QEMU's CPU executes RDSEED as RDRAND, whatever its CPUID says: docs/machine.md.
RULE(rdseed_is_hidden_and_executes, "APM3: RDSEED; weaker") {
    CHECK(!cpuid::has(cpuid::find(7), &CpuidEntry::ebx, 18));
    const auto fault = trap(EXECUTES("rdseed %%ecx"));
    CHECK(!fault || fault->is(Vector::InvalidOpcode));
}

/// Announced because Linux wants it, and missing: docs/machine.md.
RULE(xsaves_is_announced_with_xsave_and_ud, "APM4: XSAVES; weaker", .options = "--cpu-features xsave,pku") {
    write_cr4(read_cr4() | Cr4::osxsave);
    CHECK(cpuid::has(cpuid::find(0xd, 1), &CpuidEntry::eax, 3));
    const auto fault = trap(EXECUTES("mov %%rax, %%rsi; mov $1, %%eax; xor %%edx, %%edx; xsaves (%%rsi)"));
    CHECK(fault && fault->is(Vector::InvalidOpcode));
}

/// A bit of CR4 and the bit that says whether the CPU has it.
struct Control {
    std::uint64_t cr4;
    std::uint32_t function;
    std::uint32_t CpuidEntry::*result;
    unsigned bit;
};
constexpr Control controls[] = {
    {Cr4::umip, 7, &CpuidEntry::ecx, 2},   {Cr4::la57, 7, &CpuidEntry::ecx, 16},
    {Cr4::pcide, 1, &CpuidEntry::ecx, 17}, {Cr4::osxsave, 1, &CpuidEntry::ecx, 26},
    {Cr4::smep, 7, &CpuidEntry::ebx, 7},   {Cr4::smap, 7, &CpuidEntry::ebx, 20},
    {Cr4::pke, 7, &CpuidEntry::ecx, 3},    {Cr4::fsgsbase, 7, &CpuidEntry::ebx, 0},
};
void check_controls() {
    const std::uint64_t cr4 = read_cr4();
    for (const Control& c : controls) {
        const bool is_listed = cpuid::has(cpuid::find(c.function), c.result, c.bit);
        const auto fault = trap([&] { write_cr4(cr4 | c.cr4); });
        const bool is_refused = fault && fault->is(Vector::GeneralProtection, 0);
        if (!CHECK(is_listed ? !fault : is_refused)) note("CR4", c.cr4, is_listed);
        write_cr4(cr4);
    }
}
RULE(cpuid_lists_the_bits_that_cr4_takes, "APM2: CR4 Register") { check_controls(); }
RULE(cpuid_lists_the_bits_that_cr4_takes_with_xsave, "APM2: CR4 Register",
     .options = "--cpu-features xsave,pku") {
    check_controls();
}

/// A bit of SEV_FEATURES and the bit of CPUID Fn8000_001F_EAX that says whether a VMSA may have it.
struct SevFeature {
    unsigned feature, bit;
};
constexpr SevFeature sev_features[] = {{1, 18},  {3, 12},  {4, 13},  {5, 14},  {6, 15},  {8, 7},  {9, 8},
                                       {10, 17}, {12, 19}, {14, 24}, {15, 25}, {16, 26}, {21, 31}};

RULE(cpuid_lists_the_sev_features_that_a_vmsa_may_have, "APM3: CPUID Fn8000_001F_EAX") {
    const CpuidEntry* const sev = cpuid::find(abi::CpuidSev::function);
    REQUIRE(sev != nullptr);
    for (const unsigned bit : {1u, 3u, 4u, 5u}) CHECK_EQ(sev->eax >> bit & 1, 1);
    abi::Vmsa& vmsa = make_open_vmsa(1, [] {});
    REQUIRE(seal(vmsa));
    for (const SevFeature& f : sev_features) {
        vmsa.sev_features = 1 | 1ull << f.feature;
        if (!CHECK_EQ(ap_creation(0, 0, 1, vmsa), sev->eax >> f.bit & 1)) note("feature", f.feature);
    }
}

}  // namespace
}  // namespace rules
