// SPDX-License-Identifier: MIT
// The hypervisor asked by VMPL0 of the boot vCPU: through its GHCB MSR, and through one GHCB page.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "abi/snp/ghcb.hpp"
#include "abi/snp/ghcb_msr.hpp"

namespace rules::ghcb {

/// One exchange of the MSR protocol. Any VMPL and vCPU may: each has an MSR of its own.
std::uint64_t exchange(std::uint64_t request);

/// The page, as the program sees it (shared), and its guest-physical address. Registered at the start of each rule.
[[nodiscard]] abi::Ghcb& page();
[[nodiscard]] std::uint64_t page_gpa();
void reset_page();

/// Inputs of an event; an empty one is neither written nor marked valid.
struct Request {
    std::optional<std::uint64_t> code, info1 = 0, info2 = 0, rax{}, rbx{}, rcx{}, rdx{}, scratch{}, xcr0{},
                                       xss{}, dr7{}, cpl{};
    std::uint32_t usage = 0;
    std::uint16_t version = abi::ghcb_version;
};
/// Fills the page (zero first, but for the shared buffer) and exits. The answer is in `page()`.
/// The result is its SW_EXITINFO1[31:0], which is 0 for success.
std::uint64_t event(const Request& request);
std::uint64_t event(abi::NaeEvent code, std::uint64_t info1 = 0, std::uint64_t info2 = 0);
/// VALID_BITMAP has the field at `offset`.
[[nodiscard]] bool is_valid(std::size_t offset);
/// The shared buffer's address for SW_SCRATCH.
[[nodiscard]] std::uint64_t buffer_gpa();

/// AP creation as software may ask for it, right or wrong. Every value goes to the host as it is.
struct ApCreation {
    std::uint64_t request = 0, vmpl = 1, apic_id = 0, vmsa = 0, features = 1;
};
/// True when the host accepts it.
bool create_ap(const ApCreation& asked);

void out_byte(std::uint16_t port, std::uint8_t value);
void out_string(std::uint16_t port, std::string_view text);

/// Page state change by the MSR protocol; true when the host says that it is done. 4 KiB.
bool change_page(std::uint64_t gpa, abi::PscOperation to);

}  // namespace rules::ghcb
