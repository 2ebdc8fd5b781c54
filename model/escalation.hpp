// SPDX-License-Identifier: MIT
// What becomes of an exception that strikes while another event is being delivered. [APM2 "Double-Fault Exception"]
#pragma once
#include <cstdint>
#include <optional>

#include "abi/snp/exit_code.hpp"

namespace model {

enum class Escalation : std::uint8_t {
    Deliver,      ///< the second one, in place of the first
    DoubleFault,  ///< #DF with error code 0
    Shutdown,     ///< the vCPU ends
};

/// #DE, #TS, #NP, #SS and #GP; and #VC, which an SNP CPU raises in their place.
[[nodiscard]] constexpr bool is_contributory(abi::Vector vector) {
    switch (vector) {
        case abi::Vector::Divide:
        case abi::Vector::InvalidTss:
        case abi::Vector::SegmentNotPresent:
        case abi::Vector::Stack:
        case abi::Vector::GeneralProtection:
        case abi::Vector::Vc: return true;
        default: return false;
    }
}

/// `second` was raised by the delivery of `first`, which is empty for interrupts and NMIs.
[[nodiscard]] constexpr Escalation escalate(std::optional<abi::Vector> first, abi::Vector second) {
    using abi::Vector;
    const bool is_serious = is_contributory(second) || second == Vector::PageFault;
    if (!first || !is_serious) return Escalation::Deliver;
    if (*first == Vector::DoubleFault) return Escalation::Shutdown;
    if (*first == Vector::PageFault) return Escalation::DoubleFault;
    if (is_contributory(*first) && is_contributory(second)) return Escalation::DoubleFault;
    return Escalation::Deliver;
}

/// An instruction that the emulation carried out ends in #DB when it began with RFLAGS.TF set. An exception in its place
/// has cleared the flag. [APM2 "Single Stepping"]
[[nodiscard]] constexpr bool ends_in_debug_trap(bool tf_before, bool tf_behind, bool has_moved_on) {
    return tf_before && tf_behind && has_moved_on;
}

}  // namespace model
