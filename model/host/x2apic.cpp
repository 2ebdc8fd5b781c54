// SPDX-License-Identifier: MIT
// Registers of x2APIC mode: the decisions.
#include "model/host/x2apic.hpp"

#include <algorithm>
#include <iterator>

#include "base/bits.hpp"

namespace model::host {
namespace {

/// Offsets in the window of xAPIC, of registers that are the same here.
struct Range {
    std::uint32_t first, last;
    bool is_readable, is_writable;
};
constexpr Range registers[] = {
    {0x030, 0x030, true, false},  // version
    {0x080, 0x080, true, true},   // task priority
    {0x0a0, 0x0a0, true, false},  // processor priority
    {0x0b0, 0x0b0, false, true},  // end of interrupt
    {0x0f0, 0x0f0, true, true},   // spurious interrupt
    {0x100, 0x270, true, false},  // in service, trigger modes, requests
    {0x280, 0x280, true, true},   // errors
    {0x320, 0x380, true, true},   // local vectors, initial count
    {0x390, 0x390, true, false},  // current count
    {0x3e0, 0x3e0, true, true},   // divider
};
constexpr std::uint32_t id = 0x020, logical_id = 0x0d0, errors = 0x280, command = 0x300, self_ipi = 0x3f0;

constexpr std::uint32_t offset_of(std::uint32_t msr) { return (msr - first_x2apic_msr) << 4; }

const Range* find(std::uint32_t offset) {
    const auto* const found = std::ranges::find_if(
        registers, [offset](const Range& each) { return each.first <= offset && offset <= each.last; });
    return found == std::end(registers) ? nullptr : found;
}

struct Command {
    using Logical = Bits<11>;
    using Busy = Bits<12>;  ///< of xAPIC alone
    using Shorthand = Bits<19, 18>;
    static constexpr std::uint64_t reserved = Bits<31, 20>::mask | Bits<17, 16>::mask | Bits<13>::mask;
};
enum class Shorthand : std::uint8_t { None = 0, Self = 1, All = 2, Others = 3 };

}  // namespace

std::optional<X2apicRegister> find_x2apic_read(std::uint32_t msr) {
    if (!is_x2apic(msr)) return std::nullopt;
    const std::uint32_t offset = offset_of(msr);
    if (offset == id) return X2apicRegister{X2apicUse::Id};
    if (offset == logical_id) return X2apicRegister{X2apicUse::LogicalId};
    if (offset == command) return X2apicRegister{X2apicUse::Command};
    const Range* const range = find(offset);
    if (range == nullptr || !range->is_readable) return std::nullopt;
    return X2apicRegister{X2apicUse::Register, offset};
}

std::optional<X2apicRegister> find_x2apic_write(std::uint32_t msr, std::uint64_t value) {
    if (!is_x2apic(msr)) return std::nullopt;
    const std::uint32_t offset = offset_of(msr);
    if (offset == command) {
        if (!read_x2apic_command(value)) return std::nullopt;
        return X2apicRegister{X2apicUse::Command};
    }
    constexpr std::uint64_t most_vector = 0xff, most_word = 0xffff'ffff;
    if (offset == self_ipi && value <= most_vector) return X2apicRegister{X2apicUse::SelfIpi};
    const Range* const range = find(offset);
    if (range == nullptr || !range->is_writable || value > most_word) return std::nullopt;
    if (offset == errors && value != 0) return std::nullopt;
    return X2apicRegister{X2apicUse::Register, offset};
}

std::optional<IpiAsk> read_x2apic_command(std::uint64_t value) {
    if ((value & Command::reserved) != 0) return std::nullopt;
    return IpiAsk{static_cast<std::uint32_t>(Command::Busy::set(value, 0)),
                  static_cast<std::uint32_t>(value >> 32)};
}

bool names_in_x2apic(const IpiAsk& asked, std::uint32_t sender, std::uint32_t target) {
    switch (static_cast<Shorthand>(Command::Shorthand::get(asked.low))) {
        case Shorthand::Self: return target == sender;
        case Shorthand::All: return true;
        case Shorthand::Others: return target != sender;
        case Shorthand::None: break;
    }
    constexpr std::uint32_t everyone = 0xffff'ffff;
    if (asked.destination == everyone) return true;
    if (!Command::Logical::test(asked.low)) return asked.destination == target;
    const std::uint32_t logical = x2apic_logical_id(target);
    return asked.destination >> 16 == logical >> 16 && (asked.destination & logical & 0xffff) != 0;
}

}  // namespace model::host
