// SPDX-License-Identifier: MIT
// The CPUID view of the emulated SNP machine: the page that the AMD-SP fills, and the host's answers
// at run time.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>

#include "abi/adyton/host_property.hpp"
#include "abi/snp/cpuid_page.hpp"
#include "snpemu/host/apic_id.hpp"

namespace snpemu {

struct CpuidValue {
    std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};
/// The CPUID instruction of QEMU's CPU (a table in host tests).
using NativeCpuid = CpuidValue (*)(std::uint32_t function, std::uint32_t sub);

/// What the page says of the machine besides its CPU.
struct CpuidScene {
    unsigned cpu_count = 1, c_bit = 47;
    abi::adyton::HostProperties host{};
    bool has_firmware = false;  ///< a PC with firmware, which puts windows of PCI where the address space ends
    /// The machine reaches device memory below 512 GiB.
    static constexpr std::uint64_t guest_physical_bits = 39;
    /// Bits of an APIC id that number the vCPUs; 4 at least, so that small machines look alike.
    [[nodiscard]] constexpr unsigned apic_id_bits() const {
        const unsigned last = apic_id_of(cpu_count - 1, host);
        return std::max(4u, static_cast<unsigned>(std::bit_width(last)));
    }
};
/// Builds the page: the native values minus what the machine cannot give (nested SVM, five-level paging) or the host does
/// not announce (x2APIC), plus SNP's own functions, with what the host hides. XSAVE, AVX and protection
/// keys are there when the CPU beneath has XSAVE; XSAVES is announced with them although it has not
/// (docs/qemu.md). At most abi::cpuid_page_max_entries entries.
void build_cpuid_page(abi::CpuidPage& page, NativeCpuid native, const CpuidScene& scene);

/// What differs from vCPU to vCPU, and from one moment to the next.
struct CpuidAsker {
    std::uint32_t apic_id = 0;
    std::uint64_t cr4 = 0;   ///< as the host knows it from its write traps
    std::uint64_t xcr0 = 1;  ///< as the guest has told it
};
/// What the host answers: the table, with the fields that differ filled in. Functions
/// outside the table are all zero; ECX chooses an entry only of functions that have several.
/// [APM3 "Obtaining Processor Information"]
[[nodiscard]] CpuidValue answer_cpuid(const abi::CpuidPage& page, std::uint32_t function, std::uint32_t sub,
                                      const CpuidAsker& asker);

}  // namespace snpemu
