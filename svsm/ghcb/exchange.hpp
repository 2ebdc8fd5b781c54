// SPDX-License-Identifier: MIT
// One event through this CPU's GHCB page. [GHCB "NAE Events"]
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "abi/snp/ghcb.hpp"
#include "machine/machine.hpp"

namespace svsm::ghcb {

/// Inputs of an event. `rax`, `rbx` and `uses_buffer` (SW_SCRATCH names the shared buffer) only where the
/// event requires them.
struct Event {
    abi::NaeEvent code;
    std::uint64_t info_1 = 0, info_2 = 0;
    std::optional<std::uint64_t> rax = std::nullopt, rbx = std::nullopt;
    bool uses_buffer = false;
};

/// The host's answer, copied out once. It is a claim, not a fact.
struct Reply {
    std::uint32_t result;
    std::uint64_t info_2;
    std::uint64_t rbx;  ///< an answer of the extended guest request only
    [[nodiscard]] bool accepted() const {
        return result == static_cast<std::uint32_t>(abi::NaeResult::NoAction);
    }
};

/// Fills the page, exits to the host, reads the answer.
[[nodiscard]] Reply exchange(const Event& event);

/// Copies `bytes` into the shared buffer at `offset`; the caller's constants make both fit.
void write_buffer(std::uint64_t offset, std::span<const std::byte> bytes);
/// Copies out of the shared buffer, once.
void read_buffer(std::span<std::byte> bytes, std::uint64_t offset);

}  // namespace svsm::ghcb
