// SPDX-License-Identifier: MIT
// From CPUID to the bits that registers take.
#include "model/processor.hpp"

namespace model {
namespace {

using abi::Cr4, abi::Xcr0;

/// One feature and the bit of CR4 that it comes with.
struct Row {
    std::uint32_t CpuidFeatures::*leaf;
    unsigned bit;
    std::uint64_t cr4;
};
constexpr Row rows[] = {
    {&CpuidFeatures::leaf7_ecx, 2, Cr4::umip},     {&CpuidFeatures::leaf7_ecx, 16, Cr4::la57},
    {&CpuidFeatures::leaf7_ebx, 0, Cr4::fsgsbase}, {&CpuidFeatures::leaf1_ecx, 17, Cr4::pcide},
    {&CpuidFeatures::leaf1_ecx, 26, Cr4::osxsave}, {&CpuidFeatures::leaf7_ebx, 7, Cr4::smep},
    {&CpuidFeatures::leaf7_ebx, 20, Cr4::smap},    {&CpuidFeatures::leaf7_ecx, 3, Cr4::pke},
};

constexpr bool has(std::uint32_t leaf, unsigned bit) { return (leaf >> bit & 1) != 0; }

std::uint64_t native_cr4(const CpuidFeatures& native) {
    std::uint64_t bits = Cr4::basic;
    for (const Row& row : rows)
        if (has(native.*row.leaf, row.bit)) bits |= row.cr4;
    return bits;
}

}  // namespace

bool has_known_states(const CpuidFeatures& native) {
    return (native_cr4(native) & Cr4::osxsave) == 0 || (native.leafd_eax & ~Xcr0::known) == 0;
}

Processor make_processor(const CpuidFeatures& native, std::uint64_t sev_features) {
    Processor cpu{.sev_features = sev_features};
    cpu.cr4 = native_cr4(native) & ~(Cr4::la57 | Cr4::pcide);
    if (!cpu.has_xsave()) cpu.cr4 &= ~Cr4::pke;  // PKRU of a task is kept by XSAVE
    if (cpu.has_xsave()) cpu.xcr0 = native.leafd_eax & Xcr0::known;
    const unsigned bits = native.leaf8000_0008_eax & 0xff;
    if (bits != 0) cpu.physical_bits = bits;
    return cpu;
}

bool is_cr0_allowed(std::uint64_t value, const Cr0Scene& scene) {
    using abi::Cr0;
    const bool has_paging = (value & Cr0::pg) != 0, wants_long_mode = (scene.efer & abi::Efer::lme) != 0;
    if (value >> 32 != 0) return false;
    if ((value & Cr0::nw) != 0 && (value & Cr0::cd) == 0) return false;
    if (has_paging && (value & Cr0::pe) == 0) return false;
    if (has_paging && wants_long_mode && (scene.cr4 & Cr4::pae) == 0) return false;
    return has_paging || !scene.in_64_bit_code;
}

std::uint64_t efer_behind_cr0(std::uint64_t value, std::uint64_t efer) {
    const bool is_active = (value & abi::Cr0::pg) != 0 && (efer & abi::Efer::lme) != 0;
    return is_active ? efer | abi::Efer::lma : efer & ~abi::Efer::lma;
}

bool is_cr4_allowed(const Processor& cpu, std::uint64_t value, std::uint64_t efer) {
    if ((value & ~cpu.cr4) != 0) return false;
    return (efer & abi::Efer::lma) == 0 || (value & Cr4::pae) != 0;
}

bool is_xcr0_allowed(const Processor& cpu, std::uint64_t value) {
    if ((value & ~cpu.xcr0) != 0 || (value & Xcr0::x87) == 0) return false;
    return (value & Xcr0::avx) == 0 || (value & Xcr0::sse) != 0;
}

}  // namespace model
