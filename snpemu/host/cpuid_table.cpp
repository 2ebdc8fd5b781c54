// SPDX-License-Identifier: MIT
// CPUID policy as a table: the functions that exist, and the bits that come from the real CPU.
#include "snpemu/host/cpuid_table.hpp"

#include "snpemu/host/cpuid_leaves.hpp"

namespace snpemu {
namespace {

struct Policy {
    std::uint32_t function;
    CpuidValue keep;  ///< AND with the native value
    CpuidValue add;   ///< then OR
};
constexpr std::uint32_t all = ~0u;
constexpr std::uint32_t bits(auto... n) { return ((1u << n) | ...); }

// Function 1 ECX: SSE3 PCLMUL SSSE3 SSE4.1 SSE4.2 MOVBE POPCNT AES RDRAND, and CMPXCHG16B. EDX: no MCE, MCA,
// MTRR, DS, ACPI, TM.
constexpr std::uint32_t leaf1_ecx = bits(0, 1, 9, 13, 19, 20, 22, 23, 25, 30);
constexpr std::uint32_t leaf1_edx_hidden = bits(7, 12, 14, 21, 22, 27, 28, 29);
// Function 7 EBX: FSGSBASE BMI1 SMEP BMI2 ERMS ADX SMAP CLFLUSHOPT. ECX: UMIP.
constexpr std::uint32_t leaf7_ebx = bits(0, 3, 7, 8, 9, 19, 20, 23);
// The same, of what needs XSAVE. Function 1 ECX: FMA XSAVE AVX F16C. Function 7 EBX: AVX2, ECX: PKU.
constexpr std::uint32_t leaf1_ecx_xsave = bits(12, 26, 28, 29);
constexpr std::uint32_t leaf7_ebx_xsave = bits(5), leaf7_ecx_xsave = bits(3);
constexpr std::uint32_t xsave = bits(26);                // function 1 ECX
constexpr std::uint32_t topology_extensions = bits(22);  // function 8000_0001 ECX

constexpr Policy policies[] = {
    {0x0000'0000, {0, all, all, all}, {0xd, 0, 0, 0}},
    {0x0000'0001, {all, 0, leaf1_ecx | leaf1_ecx_xsave, ~leaf1_edx_hidden}, {0, 8u << 8, 1u << 31, 0}},
    {0x0000'0005, {}, {}},
    {0x0000'0006, {}, {4, 0, 0, 0}},
    {0x0000'0007, {0, leaf7_ebx | leaf7_ebx_xsave, bits(2) | leaf7_ecx_xsave, 0}, {}},
    {0x8000'0000, {0, all, all, all}, {abi::CpuidSev::function, 0, 0, 0}},
    {0x8000'0001, {all, 0, bits(0, 5, 6, 8), ~bits(7, 12, 14)}, {0, 0, topology_extensions, 0}},
    {0x8000'0002, {all, all, all, all}, {}},
    {0x8000'0003, {all, all, all, all}, {}},
    {0x8000'0004, {all, all, all, all}, {}},
    {0x8000'0005, {all, all, all, all}, {}},
    {0x8000'0006, {all, all, all, all}, {}},
    {0x8000'0007, {}, {0, 0, 0, 1u << 8}},  // invariant TSC
    // Physical address space up to (not including) the C-bit; INVLPGB exists.
    {abi::CpuidExtended8::function, {}, {0x3000, abi::CpuidExtended8::Invlpgb::mask, 0, 0}},
    // EAX: SEV, ES, SNP, VMPLs, and what the SEV_FEATURES of a VMSA may ask for (silicon/silicon.hpp).
    {abi::CpuidSev::function, {}, {bits(1, 3, 4, 5, 8, 9, 10, 12, 14, 15, 25, 31), 0, 16, 1}},
};

/// QEMU's model may name what it does not have without XSAVE.
void hide_without_xsave(abi::CpuidEntry& entry) {
    if (entry.eax_in == 0) entry.eax = 0xc;
    if (entry.eax_in == 1) entry.ecx &= ~leaf1_ecx_xsave;
    if (entry.eax_in != abi::CpuidStructured::function) return;
    entry.ebx &= ~leaf7_ebx_xsave;
    entry.ecx &= ~leaf7_ecx_xsave;
}

void add_topology(abi::CpuidEntry& entry, const CpuidScene& scene) {
    const bool many = scene.cpu_count > 1;
    switch (entry.eax_in) {
        case 1:
            entry.ebx |= scene.cpu_count << 16;
            if (many) entry.edx |= bits(28);
            break;
        case 0x8000'0001:
            if (many) entry.ecx |= bits(1);
            break;
        case abi::CpuidExtended8::function:
            entry.eax |= scene.c_bit;
            if (scene.has_firmware)
                entry.eax |= static_cast<std::uint32_t>(
                    abi::CpuidExtended8::GuestPhysicalBits::put(CpuidScene::guest_physical_bits));
            entry.ecx = (scene.cpu_count - 1) | (many ? scene.apic_id_bits() << 12 : 0);
            break;
        case abi::CpuidSev::function:
            entry.ebx = static_cast<std::uint32_t>(
                abi::CpuidSev::CBit::put(scene.c_bit) | abi::CpuidSev::PhysReduction::put(1) |
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

/// Linux uses x2APIC without interrupt remapping only below hypervisors that it knows, so KVM's signature comes with the
/// bit; of KVM's own features there is none. [KVM "CPUID bits"]
void announce_x2apic(abi::CpuidPage& page) {
    constexpr std::uint32_t signature = 0x4000'0000, features = 0x4000'0001;
    for (abi::CpuidEntry& entry : page.entries)
        if (entry.eax_in == 1) entry.ecx |= bits(21);
    page.entries[page.count++] = {.eax_in = signature,
                                  .eax = features,
                                  .ebx = 0x4b4d'564b,  // "KVMKVMKVM"
                                  .ecx = 0x564b'4d56,
                                  .edx = 0x4d};
    page.entries[page.count++] = {.eax_in = features};
}

}  // namespace

void build_cpuid_page(abi::CpuidPage& page, NativeCpuid native, const CpuidScene& scene) {
    page = {};
    const bool has_xsave = (native(1, 0).ecx & xsave) != 0;
    for (const Policy& p : policies) {
        const CpuidValue n = native(p.function, 0);
        abi::CpuidEntry& entry = page.entries[page.count++];
        entry = {.eax_in = p.function,
                 .eax = (n.eax & p.keep.eax) | p.add.eax,
                 .ebx = (n.ebx & p.keep.ebx) | p.add.ebx,
                 .ecx = (n.ecx & p.keep.ecx) | p.add.ecx,
                 .edx = (n.edx & p.keep.edx) | p.add.edx};
        if (!has_xsave) hide_without_xsave(entry);
        add_topology(entry, scene);
        hide(entry, scene.host);
    }
    // In the order in which software that walks the page wants them: a CPU's own id comes first.
    add_topology_leaves(page, scene.cpu_count, scene.apic_id_bits());
    add_cache_leaves(page, native, scene.cpu_count);
    if (has_xsave) add_xsave_leaves(page, native);
    if (scene.host.has(abi::adyton::HostProperty::X2apic)) announce_x2apic(page);
}

}  // namespace snpemu
