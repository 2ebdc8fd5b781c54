// SPDX-License-Identifier: MIT
// CPUID policy as a table: the functions that exist, and the bits that come from the real CPU.
#include "snpemu/host/cpuid_table.hpp"

namespace snpemu {
namespace {

struct Policy {
    std::uint32_t function;
    CpuidValue keep;  ///< AND with the native value
    CpuidValue add;   ///< then OR
};
constexpr std::uint32_t all = ~0u;
constexpr std::uint32_t bits(auto... n) { return ((1u << n) | ...); }

// Function 1 ECX: SSE3 PCLMUL SSSE3 SSE4.1 SSE4.2 MOVBE POPCNT AES RDRAND. CMPXCHG16B stays hidden because
// QEMU 7.2 corrupts RFLAGS in it; XSAVE because QEMU has no XSAVEC, which Linux insists on. EDX: no MCE, MCA,
// MTRR, DS, ACPI, TM.
constexpr std::uint32_t leaf1_ecx = bits(0, 1, 9, 19, 20, 22, 23, 25, 30);
constexpr std::uint32_t leaf1_edx_hidden = bits(7, 12, 14, 21, 22, 27, 28, 29);
// Function 7 EBX: FSGSBASE BMI1 SMEP BMI2 ERMS ADX SMAP CLFLUSHOPT. ECX: UMIP.
constexpr std::uint32_t leaf7_ebx = bits(0, 3, 7, 8, 9, 19, 20, 23);

constexpr Policy policies[] = {
    {0x0000'0000, {0, all, all, all}, {0xc, 0, 0, 0}},
    {0x0000'0001, {all, 0, leaf1_ecx, ~leaf1_edx_hidden}, {0, 8u << 8, 1u << 31, 0}},
    {0x0000'0005, {}, {}},
    {0x0000'0006, {}, {4, 0, 0, 0}},
    {0x0000'0007, {0, leaf7_ebx, bits(2), 0}, {}},
    {0x8000'0000, {0, all, all, all}, {abi::CpuidSev::function, 0, 0, 0}},
    {0x8000'0001, {all, 0, bits(0, 5, 6, 8), ~bits(7, 12, 14)}, {}},
    {0x8000'0002, {all, all, all, all}, {}},
    {0x8000'0003, {all, all, all, all}, {}},
    {0x8000'0004, {all, all, all, all}, {}},
    {0x8000'0005, {all, all, all, all}, {}},
    {0x8000'0006, {all, all, all, all}, {}},
    {0x8000'0007, {}, {0, 0, 0, 1u << 8}},  // invariant TSC
    // Physical address space up to (not including) the C-bit; INVLPGB exists.
    {abi::CpuidExtended8::function, {}, {0x3000, abi::CpuidExtended8::Invlpgb::mask, 0, 0}},
    {abi::CpuidSev::function, {}, {bits(1, 3, 4, 5, 10), 0, 16, 1}},
};

void add_topology(abi::CpuidEntry& entry, unsigned cpu_count, unsigned c_bit) {
    const bool many = cpu_count > 1;
    switch (entry.eax_in) {
        case 1:
            entry.ebx |= cpu_count << 16;
            if (many) entry.edx |= bits(28);
            break;
        case 0x8000'0001:
            if (many) entry.ecx |= bits(1);
            break;
        case abi::CpuidExtended8::function:
            entry.eax |= c_bit;
            entry.ecx = (cpu_count - 1) | (many ? 4u << 12 : 0);
            break;
        case abi::CpuidSev::function:
            entry.ebx = static_cast<std::uint32_t>(
                abi::CpuidSev::CBit::put(c_bit) | abi::CpuidSev::PhysReduction::put(1) |
                abi::CpuidSev::VmplCount::put(4) | abi::CpuidSev::CoherentWithSoftware::put(1));
            break;
        default: break;
    }
}

void hide(abi::CpuidEntry& entry, abi::adyton::HostProperties host) {
    using abi::adyton::HostProperty, abi::CpuidExtended8, abi::CpuidSev;
    if (entry.eax_in == CpuidExtended8::function && host.has(HostProperty::HiddenInvlpgb))
        entry.ebx &= static_cast<std::uint32_t>(~CpuidExtended8::Invlpgb::mask);
    if (entry.eax_in == CpuidSev::function && host.has(HostProperty::StaleLines))
        entry.ebx &= static_cast<std::uint32_t>(~CpuidSev::CoherentWithSoftware::mask);
}

}  // namespace

void build_cpuid_page(abi::CpuidPage& page, NativeCpuid native, unsigned cpu_count, unsigned c_bit,
                      abi::adyton::HostProperties host) {
    page = {};
    for (const Policy& p : policies) {
        const CpuidValue n = native(p.function, 0);
        abi::CpuidEntry& entry = page.entries[page.count++];
        entry = {.eax_in = p.function,
                 .eax = (n.eax & p.keep.eax) | p.add.eax,
                 .ebx = (n.ebx & p.keep.ebx) | p.add.ebx,
                 .ecx = (n.ecx & p.keep.ecx) | p.add.ecx,
                 .edx = (n.edx & p.keep.edx) | p.add.edx};
        add_topology(entry, cpu_count, c_bit);
        hide(entry, host);
    }
}

CpuidValue answer_cpuid(const abi::CpuidPage& page, std::uint32_t function, std::uint32_t sub,
                        std::uint32_t apic_id) {
    CpuidValue value;
    for (std::uint32_t i = 0; i < page.count && i < abi::cpuid_page_max_entries; ++i) {
        const abi::CpuidEntry& e = page.entries[i];
        if (e.eax_in == function && e.ecx_in == sub) value = {e.eax, e.ebx, e.ecx, e.edx};
    }
    if (function == 1) value.ebx = (value.ebx & 0x00ff'ffff) | apic_id << 24;
    if (function == 0xb) value.edx = apic_id;
    if (function == 0x8000'001e) value.eax = apic_id;
    return value;
}

}  // namespace snpemu
