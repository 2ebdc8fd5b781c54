// SPDX-License-Identifier: MIT
// Decides which faults an access to guest memory can cause by itself.
#pragma once
#include <cstdint>

#include "abi/snp/exit_code.hpp"
#include "svsm/cpu/cpu.hpp"

namespace svsm::cpu {

/// The CPU's report of an exception.
struct FaultCause {
    std::uint64_t vector, error, cr2;
};

/// True when `address` is in an open window of `cpu`.
constexpr bool is_in_window(const Cpu& cpu, std::uint64_t address) {
    for (std::size_t i = 0; i < machine::window_count; ++i) {
        const bool is_large = i == static_cast<std::size_t>(machine::Window::Scratch2M);
        const auto size = is_large ? large_page_bytes : page_bytes;
        const auto begin = cpu.windows[i].va.value();
        // `begin` is null before the CPU has its windows.
        if (begin != 0 && address >= begin && address - begin < size) return true;
    }
    return false;
}

/// Whether an access to guest memory can cause this fault. #VC: the page is not validated (404h) or the host
/// does not map it (400h). #PF: the window's entry holds an address beyond the CPU's physical address bits.
/// At such an instruction only the host can inject anything else, to make an access appear to fail: #VC with
/// another code, #PF with a CR2 outside the windows. [APM2 "#VC Exception"] [APM2 "Page-Fault Exception"]
constexpr bool is_expected_fault(const Cpu& cpu, const FaultCause& cause) {
    switch (static_cast<abi::Vector>(cause.vector)) {
        case abi::Vector::Vc:
            return cause.error == static_cast<std::uint64_t>(abi::ExitCode::PageNotValidated) ||
                   cause.error == static_cast<std::uint64_t>(abi::ExitCode::NestedPageFault);
        case abi::Vector::PageFault: return is_in_window(cpu, cause.cr2);
        default: return false;
    }
}

}  // namespace svsm::cpu
