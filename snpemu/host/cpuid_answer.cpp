// SPDX-License-Identifier: MIT
// CPUID at run time: the page, and what no page can say.
#include "abi/x86/registers.hpp"
#include "snpemu/host/cpuid_leaves.hpp"

namespace snpemu {
namespace {

/// Function Dh: how large the image is for the states that are switched on. Nothing when there
/// is no such function.
void size_states(const abi::CpuidPage& page, std::uint32_t sub, std::uint64_t xcr0, CpuidValue& value) {
    if (value.ebx == 0) return;
    if (sub == 0) value.ebx = standard_xsave_bytes(page, xcr0);
    if (sub == 1) value.ebx = compacted_xsave_bytes(page, xcr0);
}

}  // namespace

CpuidValue answer_cpuid(const abi::CpuidPage& page, std::uint32_t function, std::uint32_t sub,
                        const CpuidAsker& asker) {
    constexpr std::uint32_t osxsave = 1u << 27, ospke = 1u << 4;  // functions 1 and 7, ECX
    if (!has_subfunctions(function)) sub = 0;
    CpuidValue value = find_entry(page, function, sub);
    switch (function) {
        case 1:
            value.ebx = (value.ebx & 0x00ff'ffff) | asker.apic_id << 24;
            if ((asker.cr4 & abi::Cr4::osxsave) != 0) value.ecx |= osxsave;
            break;
        case 7:
            if (sub == 0 && (asker.cr4 & abi::Cr4::pke) != 0) value.ecx |= ospke;
            break;
        case 0xb: value.edx = asker.apic_id; break;
        case 0xd: size_states(page, sub, asker.xcr0, value); break;
        case abi::CpuidExtendedTopology::function:
            value = {.eax = asker.apic_id, .ebx = asker.apic_id & 0xff};
            break;
        default: break;
    }
    return value;
}

}  // namespace snpemu
