// SPDX-License-Identifier: MIT
// Asking the hypervisor: through the GHCB MSR, and through the GHCB page of this vCPU.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "abi/snp/ghcb.hpp"
#include "base/address.hpp"

namespace guest::ghcb {

/// One exchange of the MSR protocol; the host may reply anything. [GHCB "GHCB MSR Protocol"]
[[nodiscard]] std::uint64_t exchange_msr(std::uint64_t request);
/// Registers `page` (shared already) as this vCPU's GHCB and uses it from now on. False: refused, or
/// another one named.
[[nodiscard]] bool register_page(Gpa page);

/// Inputs of an event; an empty register is not marked valid.
struct Request {
    abi::NaeEvent event;
    std::uint64_t info1 = 0, info2 = 0;
    std::optional<std::uint64_t> rax{}, rbx{}, rcx{}, rdx{};
    bool uses_buffer = false;  ///< SW_SCRATCH names the shared buffer of this GHCB
};
struct Reply {
    std::uint64_t info2, rax, rbx, rcx, rdx;
    bool has_registers;  ///< the host marked RAX..RDX valid; they are zero otherwise
};
/// Refused: the host called the request malformed. Exception: it wants one raised. BadReply:
/// it answered nonsense.
enum class Error : std::uint8_t { Refused, Exception, BadReply };

/// One event through this vCPU's page. [GHCB "Non-Automatic Exit Events"]
[[nodiscard]] std::expected<Reply, Error> event(const Request& request);

/// The shared buffer of this vCPU's GHCB: text that does not fit is the caller's bug, the spans are bounded.
[[nodiscard]] std::span<std::byte> buffer();

[[nodiscard]] bool out_byte(std::uint16_t port, std::uint8_t value);
/// REP OUTSB of up to buffer().size() bytes.
[[nodiscard]] bool out_string(std::uint16_t port, std::span<const char> text);

}  // namespace guest::ghcb
