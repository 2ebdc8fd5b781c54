// SPDX-License-Identifier: MIT
// Which faults mean "the guest's memory is not there", and nothing else.
#pragma once
#include <cstdint>

#include "abi/snp/exit_code.hpp"
#include "svsm/cpu/cpu.hpp"

namespace svsm::cpu {

/// What the CPU said about an exception.
struct FaultCause {
    std::uint64_t vector, error, cr2;
};

/// Is `address` in a page through which `cpu` looks at guest memory?
constexpr bool is_in_window(const Cpu& cpu, std::uint64_t address) {
    for (std::size_t i = 0; i < machine::window_count; ++i) {
        const bool is_large = i == static_cast<std::size_t>(machine::Window::Scratch2M);
        const auto size = is_large ? large_page_bytes : page_bytes;
        const auto begin = cpu.windows[i].va.value();
        // Null: before the CPU has its windows.
        if (begin != 0 && address >= begin && address - begin < size) return true;
    }
    return false;
}

/// Can this be what an access to guest memory met? #VC: the page is not validated (404h) or the host does not
/// map it (400h). #PF: the window's entry holds an address that the CPU cannot have. Everything else at such
/// an instruction was injected by the host, which would like us to believe that an access failed: #VC for
/// another reason, #PF with a CR2 that is no window's. [APM2 "#VC Exception"] [APM2 "Page-Fault Exception"]
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
