// SPDX-License-Identifier: MIT
// What one kind of CPU has of what software may ask for: which bits its control registers, XCR0,
// XSS and SEV_FEATURES can take. Two questions need it: may this VMSA be entered, and is this write
// to a register #GP?
#pragma once
#include <cstdint>

#include "abi/snp/vmsa.hpp"
#include "abi/x86/registers.hpp"

namespace model {

/// Bits that a register of this CPU can have; all others must be zero.
struct Processor {
    std::uint64_t sev_features = abi::SevFeatures::SnpActive::mask;
    std::uint64_t cr4 = abi::Cr4::basic;
    std::uint64_t efer = abi::Efer::sce | abi::Efer::lme | abi::Efer::lma | abi::Efer::nxe | abi::Efer::svme;
    /// x87 and SSE registers exist on every CPU of this architecture, whether XSAVE does or not.
    std::uint64_t xcr0 = abi::Xcr0::x87 | abi::Xcr0::sse;
    std::uint64_t xss = 0;  ///< no CPU that this project plays has supervisor states
    unsigned physical_bits = 52;

    [[nodiscard]] constexpr bool has_xsave() const { return (cr4 & abi::Cr4::osxsave) != 0; }
    [[nodiscard]] constexpr bool has_pku() const { return (cr4 & abi::Cr4::pke) != 0; }
};

/// The feature registers of CPUID from which the lists above follow. [APM3 "CPUID Fn0000_0001", "CPUID
/// Fn0000_0007_x0", "CPUID Fn0000_000D_x0", "CPUID Fn8000_0008"]
struct CpuidFeatures {
    std::uint32_t leaf1_ecx = 0, leaf7_ebx = 0, leaf7_ecx = 0, leafd_eax = 0, leaf8000_0008_eax = 0;
};
/// XCR0 of `native` takes no state that a VMSA has no place for. A CPU of another kind cannot run VMSAs.
[[nodiscard]] bool has_known_states(const CpuidFeatures& native);
/// The CPU that software under an SNP host sees on top of one that has `native`: what native has, less
/// five-level paging, process-context identifiers, and protection keys without XSAVE, which this project's
/// CPU does not offer.
[[nodiscard]] Processor make_processor(const CpuidFeatures& native, std::uint64_t sev_features);
/// What a CPU that executes MOV to CR0 has in its other registers.
struct Cr0Scene {
    std::uint64_t cr4 = 0, efer = 0;
    bool in_64_bit_code = false;  ///< long mode with CS.L
};
/// MOV to CR0 of `value` at CPL 0; otherwise #GP. [APM2 "CR0 Register", "Activating Long Mode"]
[[nodiscard]] bool is_cr0_allowed(std::uint64_t value, const Cr0Scene& scene);
/// EFER behind such a MOV: LMA follows paging where LME is set.
[[nodiscard]] std::uint64_t efer_behind_cr0(std::uint64_t value, std::uint64_t efer);
/// MOV to CR4 of `value` while EFER is this, at CPL 0; otherwise #GP. [APM2 "CR4 Register"]
[[nodiscard]] bool is_cr4_allowed(const Processor& cpu, std::uint64_t value, std::uint64_t efer);
/// XSETBV of XCR0; otherwise #GP. [APM4 "XSETBV"]
[[nodiscard]] bool is_xcr0_allowed(const Processor& cpu, std::uint64_t value);
/// MOV to DR7 or DR6; otherwise #GP. [APM2 "Debug Registers"]
[[nodiscard]] constexpr bool is_debug_control_allowed(std::uint64_t value) { return value >> 32 == 0; }
/// WRMSR of DEBUGCTL: last-branch records, single-step on branches, the four performance pins; otherwise #GP.
/// [APM2 "Debug-Control MSR (DebugCtl)"]
[[nodiscard]] constexpr bool is_debugctl_allowed(std::uint64_t value) { return value >> 6 == 0; }

}  // namespace model
