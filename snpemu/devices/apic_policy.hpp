// SPDX-License-Identifier: MIT
// What a guest may write to the real interrupt controllers. A message other than a plain interrupt would
// reach the machine instead of the guest: INIT would reset a CPU of QEMU and the machine on it.
// [APM2 "Interrupt Command Register"]
#pragma once
#include <cstdint>

#include "base/bits.hpp"

namespace snpemu {

/// Delivery mode, the same field in the interrupt command register, in local vectors and in the IO-APIC's.
enum class DeliveryMode : std::uint8_t {
    Fixed = 0,
    LowestPriority = 1,
    Smi = 2,
    Nmi = 4,
    Init = 5,
    Startup = 6,
    External = 7
};

struct InterruptCommand {
    using Mode = Bits<10, 8>;
    using Logical = Bits<11>;
    using Assert = Bits<14>;
    using Shorthand = Bits<19, 18>;
    using Destination = Bits<31, 24>;  ///< of the upper word
};
enum class Shorthand : std::uint8_t { None = 0, Self = 1, All = 2, Others = 3 };

constexpr bool is_plain(DeliveryMode mode) {
    return mode == DeliveryMode::Fixed || mode == DeliveryMode::LowestPriority ||
           mode == DeliveryMode::External;
}

/// One CPU as a destination.
struct ApicTarget {
    unsigned id;
    std::uint32_t logical_id;  ///< its logical destination register
};

/// Whether a command sent by `sender` names `target`; logical destinations in the flat model.
constexpr bool is_named(std::uint32_t low, std::uint32_t high, unsigned sender, ApicTarget target) {
    switch (static_cast<Shorthand>(InterruptCommand::Shorthand::get(low))) {
        case Shorthand::Self: return target.id == sender;
        case Shorthand::All: return true;
        case Shorthand::Others: return target.id != sender;
        case Shorthand::None: break;
    }
    const std::uint64_t destination = InterruptCommand::Destination::get(high);
    if (destination == 0xff) return true;
    if (InterruptCommand::Logical::test(low))
        return (destination & InterruptCommand::Destination::get(target.logical_id)) != 0;
    return destination == target.id;
}
static_assert(is_named(0, 2u << 24, 0, {2, 0}) && !is_named(0, 2u << 24, 0, {1, 0}));
static_assert(is_named(1 << 11, 6u << 24, 0, {1, 2u << 24}) && !is_named(3 << 18, 0, 1, {1, 0}));

/// The same command to one CPU by its id.
constexpr std::uint32_t to_physical(std::uint32_t low) {
    return low &
           static_cast<std::uint32_t>(~(InterruptCommand::Shorthand::mask | InterruptCommand::Logical::mask));
}
static_assert(to_physical(0xc08fb) == 0xfb);

/// The value that a local vector or the lower word of an IO-APIC entry gets: masked, unless it is a plain
/// interrupt. `may_be_nmi`: the entry is the NMI pin of a local APIC.
constexpr std::uint32_t constrain_vector(std::uint32_t value, bool may_be_nmi) {
    constexpr std::uint32_t masked = 1u << 16;
    const auto mode = static_cast<DeliveryMode>(InterruptCommand::Mode::get(value));
    return is_plain(mode) || (may_be_nmi && mode == DeliveryMode::Nmi) ? value : value | masked;
}
static_assert(constrain_vector(0x30, false) == 0x30 && constrain_vector(0x500, true) == 0x10500);
static_assert(constrain_vector(0x400, true) == 0x400 && constrain_vector(0x400, false) == 0x10400);

}  // namespace snpemu
