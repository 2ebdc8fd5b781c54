// SPDX-License-Identifier: MIT
// One call of the guest: registers of the request and of the answer. [SVSM "Calling Convention"]
#pragma once
#include <cstdint>
#include <expected>
#include <optional>

#include "abi/snp/rmp.hpp"
#include "abi/svsm/result.hpp"
#include "base/address.hpp"

namespace svsm {

using abi::SvsmError;

/// All registers that carry parameters, each read once from the caller's VMSA; and that VMSA's level, page,
/// and the generation of its slot. The slot may name another VMSA meanwhile.
struct Call {
    std::uint64_t rax, rcx, rdx, r8, r9;
    abi::Vmpl vmpl;
    std::uint64_t generation;
    Gpa vmsa;
};

/// The result: RAX, and any of the registers that carry parameters. A register without a value stays as the
/// guest left it.
struct Answer {
    std::uint32_t result = abi::svsm_success;
    std::optional<std::uint64_t> rcx = std::nullopt, rdx = std::nullopt, r8 = std::nullopt, r9 = std::nullopt;
    /// State of the caller after the call.
    enum class Caller : std::uint8_t {
        Waits,     ///< its VMSA waits for the answer in its calling area
        Replaced,  ///< its calling area belongs to its successor, with the pending byte cleared already
        Gone,      ///< the call does not return: the call deleted the caller's VMSA
    };
    Caller caller = Caller::Waits;
};

using CallResult = std::expected<void, SvsmError>;

constexpr Answer to_answer(const CallResult& result) {
    return {.result = result ? abi::svsm_success : static_cast<std::uint32_t>(result.error())};
}
constexpr Answer to_answer(SvsmError error) { return {.result = static_cast<std::uint32_t>(error)}; }

}  // namespace svsm
