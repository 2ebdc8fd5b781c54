// SPDX-License-Identifier: MIT
// The registers of x2APIC mode, which are MSRs. The host's own APIC has those of xAPIC: this says which register an MSR is
// and what it takes. [APM2 "x2APIC Register Address Space"]
#pragma once
#include <cstdint>
#include <optional>

namespace model::host {

/// Each register is 1/16 of its offset in the window of xAPIC, behind the first.
inline constexpr std::uint32_t first_x2apic_msr = 0x800, last_x2apic_msr = 0x8ff;
[[nodiscard]] constexpr bool is_x2apic(std::uint32_t msr) {
    return msr >= first_x2apic_msr && msr <= last_x2apic_msr;
}

enum class X2apicUse : std::uint8_t {
    Register,   ///< 32 bits, as in the window
    Id,         ///< all 32 bits are the number
    LogicalId,  ///< follows from the number
    Command,    ///< one register of 64 bits
    SelfIpi     ///< a vector for the CPU itself
};
struct X2apicRegister {
    X2apicUse use = X2apicUse::Register;
    std::uint32_t offset = 0;  ///< of `Register`, in the window of xAPIC
    friend constexpr bool operator==(const X2apicRegister&, const X2apicRegister&) = default;
};
/// Empty: #GP. There is no such register, it is write-only, or it is one of those that this mode leaves out: arbitration
/// priority, destination format, and the upper half of the command.
[[nodiscard]] std::optional<X2apicRegister> find_x2apic_read(std::uint32_t msr);
/// Empty: #GP; besides, the register is read-only, or takes no such value.
[[nodiscard]] std::optional<X2apicRegister> find_x2apic_write(std::uint32_t msr, std::uint64_t value);

/// The interrupt command in the format of x2APIC: what an #HV IPI names too.
struct IpiAsk {
    std::uint32_t low, destination;
    friend constexpr bool operator==(const IpiAsk&, const IpiAsk&) = default;
};
/// Empty: a reserved bit. What was the busy bit of xAPIC is dropped, and every delivery mode is taken.
/// [APM2 "x2APIC Interrupt Command Register"]
[[nodiscard]] std::optional<IpiAsk> read_x2apic_command(std::uint64_t value);

/// A cluster of 16 CPUs in the upper half, a bit for the CPU in the lower. [APM2 "x2APIC Logical Destination"]
[[nodiscard]] constexpr std::uint32_t x2apic_logical_id(std::uint32_t id) {
    return id >> 4 << 16 | 1u << (id & 0xf);
}
/// Whether a command of CPU `sender` names the CPU `target`; both are in x2APIC mode.
[[nodiscard]] bool names_in_x2apic(const IpiAsk& command, std::uint32_t sender, std::uint32_t target);

}  // namespace model::host
