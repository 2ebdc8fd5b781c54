// SPDX-License-Identifier: MIT
// The CPUID view of the emulated SNP machine: the page that the AMD-SP fills, and what the host answers at
// run time.
#pragma once
#include <cstdint>

#include "abi/adyton/host_property.hpp"
#include "abi/snp/cpuid_page.hpp"

namespace snpemu {

struct CpuidValue {
    std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};
/// The CPUID instruction of the CPU beneath (a table in host tests).
using NativeCpuid = CpuidValue (*)(std::uint32_t function, std::uint32_t sub);

/// Builds the page for `cpu_count` vCPUs: the native values minus what the machine cannot give (XSAVE, AVX,
/// x2APIC, CMPXCHG16B, nested SVM), plus SNP's own functions, with what `host` hides. At most
/// abi::cpuid_page_max_entries entries.
void build_cpuid_page(abi::CpuidPage& page, NativeCpuid native, unsigned cpu_count, unsigned c_bit,
                      abi::adyton::HostProperties host = {});

/// What the host answers vCPU `apic_id`: the table, with the fields that differ from CPU to CPU filled in.
/// Functions outside the table are all zero.
[[nodiscard]] CpuidValue answer_cpuid(const abi::CpuidPage& page, std::uint32_t function, std::uint32_t sub,
                                      std::uint32_t apic_id);

}  // namespace snpemu
