// SPDX-License-Identifier: MIT
// The CPUID view of the emulated SNP machine: the page that the AMD-SP fills, and the host's answers
// at run time.
#pragma once
#include <cstdint>

#include "abi/adyton/host_property.hpp"
#include "abi/snp/cpuid_page.hpp"

namespace snpemu {

struct CpuidValue {
    std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};
/// The CPUID instruction of QEMU's CPU (a table in host tests).
using NativeCpuid = CpuidValue (*)(std::uint32_t function, std::uint32_t sub);

/// Builds the page for `cpu_count` vCPUs: the native values without the features that the machine lacks
/// (XSAVE, AVX, x2APIC, CMPXCHG16B, nested SVM), plus the SNP functions, minus those that `host` hides. At
/// most abi::cpuid_page_max_entries entries.
void build_cpuid_page(abi::CpuidPage& page, NativeCpuid native, unsigned cpu_count, unsigned c_bit,
                      abi::adyton::HostProperties host = {});

/// The host's answer to vCPU `apic_id`: the table, with the fields that differ from CPU to CPU filled in. A
/// function outside the table is all zero.
[[nodiscard]] CpuidValue answer_cpuid(const abi::CpuidPage& page, std::uint32_t function, std::uint32_t sub,
                                      std::uint32_t apic_id);

}  // namespace snpemu
