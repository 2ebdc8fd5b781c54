// SPDX-License-Identifier: MIT
// The MSRs that a guest reaches by an MSR event: those of a vCPU that the host keeps, since silicon keeps the others.
// What KVM has for a guest of AMD's kind; a value or register that KVM refuses is #GP. [GHCB "MSR"] [APM2 "MSRs"]
#pragma once
#include <array>
#include <cstdint>
#include <optional>

namespace model::host {

/// IA32_APIC_BASE. [APM2 "APIC Base Address Register"]
struct ApicBase {
    static constexpr std::uint64_t boot_cpu = 1 << 8, extended = 1 << 10, enabled = 1 << 11,
                                   address = 0x000f'ffff'ffff'f000, reset = 0xfee0'0000 | enabled;
};
/// What bits 11:10 say.
enum class ApicMode : std::uint8_t { Off, Xapic, X2apic };

/// Memory types, which software writes and reads back; nothing here obeys them. [APM2 "MTRRs"]
struct MtrrState {
    std::array<std::uint64_t, 16> variable{};  ///< base and mask in turn
    std::array<std::uint64_t, 11> fixed{};
    std::uint64_t default_type = 0;
};

class PlatformMsrs {
public:
    PlatformMsrs() = default;
    explicit PlatformMsrs(bool is_boot_cpu)
        : apic_base_{ApicBase::reset | (is_boot_cpu ? ApicBase::boot_cpu : 0)} {}

    /// Empty: #GP.
    [[nodiscard]] std::optional<std::uint64_t> read(std::uint32_t msr) const;
    /// False: #GP; nothing has changed.
    [[nodiscard]] bool write(std::uint32_t msr, std::uint64_t value);
    [[nodiscard]] ApicMode apic_mode() const;

private:
    [[nodiscard]] bool write_apic_base(std::uint64_t value);
    std::uint64_t apic_base_ = ApicBase::reset, misc_enable_ = 1, hwcr_ = 1ull << 24;
    MtrrState mtrrs_;
};

}  // namespace model::host
