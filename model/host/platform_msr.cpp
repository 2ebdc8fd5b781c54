// SPDX-License-Identifier: MIT
// MSRs of the host's.
#include "model/host/platform_msr.hpp"

#include <algorithm>

namespace model::host {
namespace {

/// Always the same value. Most say that there is nothing; software of AMD processors reads them all the same.
struct Constant {
    std::uint32_t msr;
    std::uint64_t value;
};
constexpr Constant constants[] = {
    {0x17, 0},            // platform id
    {0x2a, 0},            // power-on configuration
    {0x3b, 0},            // TSC adjustment
    {0x8b, 0x0100'0065},  // microcode level
    {0xc1, 0},            // counters and their selectors, P6's
    {0xc2, 0},
    {0x186, 0},
    {0x187, 0},
    {0xce, 1ull << 31},  // platform information: CPUID faulting
    {0xfe, 0x508},       // MTRR capability: 8 ranges, fixed ones, write combining
    {0x140, 0},          // miscellaneous features
    {0x179, 0x10a},      // machine check: 10 banks and a control register
    {0x17a, 0},
    {0x17b, ~0ull},
    {0x198, 0},
    {0x199, 0},  // performance status, control
    {0x606, 0},
    {0x611, 0},
    {0x619, 0},
    {0x639, 0},
    {0x641, 0},                  // energy
    {0x6e0, 0},                  // TSC deadline
    {0xc001'0010, 0},            // SYSCFG
    {0xc001'001b, 0x2000'0000},  // clock control
    {0xc001'001f, 0},            // northbridge configuration
    {0xc001'0055, 0},            // pending interrupts
    {0xc001'0058, 0},            // MMIO configuration base
    {0xc001'0112, 0},
    {0xc001'0113, 0},  // SMM ranges
    {0xc001'0114, 0},  // VM_CR
    {0xc001'0117, 0},  // VM_HSAVE_PA
    {0xc001'1022, 0},
    {0xc001'1023, 0},  // caches
    {0xc001'1029, 0},  // decoder
    {0xc001'102a, 0},
    {0xc001'102c, 0},  // buses, extensions
};

/// KVM takes any value for these and keeps none.
constexpr std::uint32_t ignored_writes[] = {0x79,        0x8b,        0xc1,        0xc2,        0x186,
                                            0x187,       0x3b,        0x6e0,       0xc001'0010, 0xc001'001f,
                                            0xc001'0020, 0xc001'0115, 0xc001'0117, 0xc001'1022, 0xc001'1023,
                                            0xc001'102a, 0xc001'102c};

/// By a predicate: `find` among words of this size is wmemchr of a library that the machine does not have.
constexpr bool is_ignored(std::uint32_t msr) {
    return std::ranges::any_of(ignored_writes, [msr](std::uint32_t each) { return each == msr; });
}

constexpr std::uint32_t apic_base = 0x1b, misc_enable = 0x1a0, hwcr = 0xc001'0015;
constexpr std::uint32_t mmio_configuration = 0xc001'0058, decoder = 0xc001'1029;

/// Selectors and counters of AMD's first kind, four each: nothing is counted.
constexpr bool is_counter(std::uint32_t msr) { return msr >= 0xc001'0000 && msr <= 0xc001'0007; }
/// Of four registers for each bank the first is a control register, which reads as ones.
constexpr bool is_bank(std::uint32_t msr) { return msr >= 0x400 && msr < 0x400 + 10 * 4; }

constexpr bool is_memory_type(std::uint64_t type) { return type < 7 && type != 2 && type != 3; }
bool are_memory_types(std::uint64_t value) {
    for (unsigned i = 0; i < 8; ++i)
        if (!is_memory_type(value >> 8 * i & 0xff)) return false;
    return true;
}

/// Number of a fixed-range register; empty for any other.
constexpr std::optional<std::size_t> fixed_range(std::uint32_t msr) {
    if (msr == 0x250) return 0;
    if (msr == 0x258 || msr == 0x259) return msr - 0x257;
    if (msr >= 0x268 && msr <= 0x26f) return msr - 0x265;
    return std::nullopt;
}
constexpr std::optional<std::size_t> variable_range(std::uint32_t msr) {
    return msr >= 0x200 && msr <= 0x20f ? std::optional<std::size_t>{msr - 0x200} : std::nullopt;
}
constexpr std::uint32_t mtrr_default_type = 0x2ff;

/// Finds the register that an MSR is, in a state that may be constant.
template <class State>
auto find_mtrr(State& state, std::uint32_t msr) -> decltype(&state.default_type) {
    if (const auto i = fixed_range(msr)) return &state.fixed[*i];
    if (const auto i = variable_range(msr)) return &state.variable[*i];
    return msr == mtrr_default_type ? &state.default_type : nullptr;
}

/// [APM2 "MTRRs"] Reserved bits, address bits beyond 52 among them, and types that do not exist.
bool is_mtrr_value(std::uint32_t msr, std::uint64_t value) {
    constexpr std::uint64_t beyond_address = ~((1ull << 52) - 1);
    if (fixed_range(msr)) return are_memory_types(value);
    if (msr == mtrr_default_type) return (value & ~0xcffull) == 0 && is_memory_type(value & 0xff);
    const bool is_mask = (msr & 1) != 0;
    if (is_mask) return (value & (beyond_address | 0x7ff)) == 0;
    return (value & (beyond_address | 0xf00)) == 0 && is_memory_type(value & 0xff);
}

constexpr ApicMode mode_of(std::uint64_t base) {
    if ((base & ApicBase::enabled) == 0) return ApicMode::Off;
    return (base & ApicBase::extended) != 0 ? ApicMode::X2apic : ApicMode::Xapic;
}

}  // namespace

ApicMode PlatformMsrs::apic_mode() const { return mode_of(apic_base_); }

std::optional<std::uint64_t> PlatformMsrs::read(std::uint32_t msr) const {
    if (msr == apic_base) return apic_base_;
    if (msr == misc_enable) return misc_enable_;
    if (msr == hwcr) return hwcr_;
    if (const auto* const mtrr = find_mtrr(mtrrs_, msr)) return *mtrr;
    if (is_counter(msr)) return 0;
    if (is_bank(msr)) return msr % 4 == 0 ? ~0ull : 0;
    const auto* const found = std::ranges::find(constants, msr, &Constant::msr);
    return found == std::end(constants) ? std::nullopt : std::optional{found->value};
}

/// x2APIC mode is entered from xAPIC mode and left by switching the APIC off. [APM2 "x2APIC Mode"]
bool PlatformMsrs::write_apic_base(std::uint64_t value) {
    constexpr std::uint64_t writable =
        ApicBase::boot_cpu | ApicBase::extended | ApicBase::enabled | ApicBase::address;
    const bool is_pair_valid = (value & ApicBase::extended) == 0 || (value & ApicBase::enabled) != 0;
    if ((value & ~writable) != 0 || !is_pair_valid) return false;
    const ApicMode from = apic_mode(), to = mode_of(value);
    if (from == ApicMode::X2apic && to == ApicMode::Xapic) return false;
    if (from == ApicMode::Off && to == ApicMode::X2apic) return false;
    apic_base_ = value;
    return true;
}

bool PlatformMsrs::write(std::uint32_t msr, std::uint64_t value) {
    if (msr == apic_base) return write_apic_base(value);
    if (msr == misc_enable) return misc_enable_ = value, true;
    if (msr == hwcr) {
        // Bits about monitoring, caches and TLBs are dropped; of the others two exist.
        constexpr std::uint64_t dropped = 0x1148, mce_writable = 1 << 18, tsc_is_constant = 1 << 24;
        const std::uint64_t rest = value & ~dropped;
        if ((rest & ~(mce_writable | tsc_is_constant)) != 0) return false;
        return hwcr_ = rest, true;
    }
    if (auto* const mtrr = find_mtrr(mtrrs_, msr)) return is_mtrr_value(msr, value) && (*mtrr = value, true);
    if (is_counter(msr) || is_ignored(msr)) return true;
    if (msr == mmio_configuration || msr == decoder || msr == 0x17a) return value == 0;
    // A control register of a bank takes all or nothing, the others what says that nothing happened.
    if (is_bank(msr)) return value == 0 || (msr % 4 == 0 && value == ~0ull);
    return msr == 0x17b && (value == 0 || value == ~0ull);
}

}  // namespace model::host
