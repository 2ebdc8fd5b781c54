// SPDX-License-Identifier: MIT
// What the machine says of its CPU: the page that the AMD-SP filled, and the host's answers.
#pragma once
#include <cstdint>

#include "abi/snp/cpuid_page.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/memory.hpp"

namespace rules::cpuid {

[[nodiscard]] inline const abi::CpuidPage& page() {
    return *reinterpret_cast<const abi::CpuidPage*>(info().cpuid_page);
}
/// Null when the page has no such entry.
[[nodiscard]] inline const abi::CpuidEntry* find(std::uint32_t function, std::uint32_t sub = 0) {
    for (std::uint32_t i = 0; i < page().count; ++i)
        if (page().entries[i].eax_in == function && page().entries[i].ecx_in == sub)
            return &page().entries[i];
    return nullptr;
}
/// A bit of one register; false without the entry.
[[nodiscard]] inline bool has(const abi::CpuidEntry* entry, std::uint32_t abi::CpuidEntry::*result,
                              unsigned bit) {
    return entry != nullptr && (entry->*result >> bit & 1) != 0;
}

struct Answer {
    std::uint64_t rax, rbx, rcx, rdx;
    [[nodiscard]] bool is_zero() const { return (rax | rbx | rcx | rdx) == 0; }
};
/// The event; the host must accept it.
[[nodiscard]] inline Answer ask(std::uint32_t function, std::uint32_t sub = 0, std::uint64_t xcr0 = 1) {
    const auto code = static_cast<std::uint64_t>(abi::NaeEvent::Cpuid);
    if (ghcb::event({.code = code, .rax = function, .rcx = sub, .xcr0 = xcr0}) != 0) return {};
    const abi::Ghcb& reply = ghcb::page();
    return {reply.rax, reply.rbx, reply.rcx, reply.rdx};
}
/// One register by the MSR protocol, which any vCPU may use; 0 to 3 are EAX to EDX.
[[nodiscard]] inline std::uint32_t ask_msr(std::uint32_t function, unsigned number) {
    using abi::GhcbMsr;
    const std::uint64_t reply =
        ghcb::exchange(GhcbMsr::CpuidFunction::put(function) | GhcbMsr::CpuidRegister::put(number) |
                       static_cast<std::uint64_t>(abi::GhcbInfo::CpuidRequest));
    const auto kind = static_cast<std::uint64_t>(abi::GhcbInfo::CpuidResponse);
    return GhcbMsr::Info::get(reply) == kind ? static_cast<std::uint32_t>(reply >> 32) : 0;
}

}  // namespace rules::cpuid
