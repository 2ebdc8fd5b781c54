// SPDX-License-Identifier: MIT
// One call of the guest: what it asks with, what it is told. [SVSM "Calling Convention"]
#pragma once
#include <cstdint>
#include <expected>
#include <optional>

#include "abi/snp/rmp.hpp"
#include "abi/svsm/result.hpp"
#include "base/address.hpp"

namespace svsm {

using abi::SvsmError;

/// Registers of the call, all that carry parameters, each read once from the VMSA; and which VMSA that is:
/// its level, page, and the generation of the slot that it came from. The slot may name another meanwhile.
struct Call {
    std::uint64_t rax, rcx, rdx, r8, r9;
    abi::Vmpl vmpl;
    std::uint64_t generation;
    Gpa vmsa;
};

/// What goes back: RAX, and any of the registers that carry parameters. One without a value keeps what the
/// guest had in it.
struct Answer {
    std::uint32_t result = abi::svsm_success;
    std::optional<std::uint64_t> rcx = std::nullopt, rdx = std::nullopt, r8 = std::nullopt, r9 = std::nullopt;
    /// What becomes of the caller.
    enum class Caller : std::uint8_t {
        Waits,     ///< in its VMSA, looking at its calling area
        Replaced,  ///< its calling area is its successor's, and says already that nothing is pending
        Gone,      ///< the call does not return: its VMSA is none any more
    };
    Caller caller = Caller::Waits;
};

using CallResult = std::expected<void, SvsmError>;

constexpr Answer to_answer(const CallResult& result) {
    return {.result = result ? abi::svsm_success : static_cast<std::uint32_t>(result.error())};
}
constexpr Answer to_answer(SvsmError error) { return {.result = static_cast<std::uint32_t>(error)}; }

}  // namespace svsm
