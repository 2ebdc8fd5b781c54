// SPDX-License-Identifier: MIT
// Ways in which honest hosts and processors differ from the machine's own (`host=NAME,NAME` on its
// command line): what a real host does, not what an attacker would. docs/real-hardware.md says which real
// ones are like this.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace abi::adyton {

enum class HostProperty : std::uint8_t {
    HiddenInvlpgb,  ///< CPUID does not report INVLPGB, although it works
    E820Hole,       ///< the memory map calls screen and ROMs RAM; private memory there ends the VM
    StaleLines,  ///< the host's cache lines of a page outlive its validation (CPUID 8000_001F EBX[31] is 0)
    GappedApicIds,   ///< 0, 1, 4, 5, 8, ...: cores that are switched off leave gaps
    NoApicIdList,    ///< GHCB feature bit 4 is not there
    OneVmpl,         ///< GHCB feature bit 5 is not there: upstream KVM
    SmtOff,          ///< no sibling threads, which a policy may demand
    NoCertificates,  ///< an extended guest request gives an empty table
    Milan,           ///< the chip is another one
    Report2,         ///< the AMD-SP makes reports of version 2 for all guests
    Report5,
    CiphertextHiding,  ///< the host reads no ciphertext of the guest, which a policy may demand
    X2apic,            ///< CPUID announces x2APIC mode, by a hypervisor that Linux takes it from
};

inline constexpr std::array<std::pair<std::string_view, HostProperty>, 13> host_property_names{{
    {"hidden-invlpgb", HostProperty::HiddenInvlpgb},
    {"e820-hole", HostProperty::E820Hole},
    {"stale-lines", HostProperty::StaleLines},
    {"gapped-apic-ids", HostProperty::GappedApicIds},
    {"no-apic-id-list", HostProperty::NoApicIdList},
    {"one-vmpl", HostProperty::OneVmpl},
    {"smt-off", HostProperty::SmtOff},
    {"ciphertext-hiding", HostProperty::CiphertextHiding},
    {"x2apic", HostProperty::X2apic},
    {"no-certificates", HostProperty::NoCertificates},
    {"milan", HostProperty::Milan},
    {"report-2", HostProperty::Report2},
    {"report-5", HostProperty::Report5},
}};

/// A set of them.
class HostProperties {
public:
    [[nodiscard]] constexpr bool has(HostProperty property) const { return (bits_ & bit(property)) != 0; }
    constexpr void add(HostProperty property) { bits_ |= bit(property); }

    /// Names separated by commas; nothing when one of them is unknown or empty.
    [[nodiscard]] static constexpr std::optional<HostProperties> parse(std::string_view names) {
        HostProperties all;
        for (;;) {
            const auto end = names.find(',');
            const auto property = find(names.substr(0, end));
            if (!property) return std::nullopt;
            all.add(*property);
            if (end == std::string_view::npos) return all;
            names.remove_prefix(end + 1);
        }
    }

private:
    static constexpr std::optional<HostProperty> find(std::string_view name) {
        for (const auto& [text, value] : host_property_names)
            if (text == name) return value;
        return std::nullopt;
    }
    static constexpr std::uint32_t bit(HostProperty property) {
        return 1u << static_cast<unsigned>(property);
    }
    std::uint32_t bits_ = 0;
};
static_assert(HostProperties::parse("one-vmpl,e820-hole")->has(HostProperty::E820Hole));
static_assert(!HostProperties::parse("one-vmpl")->has(HostProperty::E820Hole));
static_assert(!HostProperties::parse("") && !HostProperties::parse("one-vmpl,") &&
              !HostProperties::parse("x"));

}  // namespace abi::adyton
