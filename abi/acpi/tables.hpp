// SPDX-License-Identifier: MIT
// The tables by which firmware describes a PC to its operating system.
// [ACPI "ACPI Software Programming Model"]
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace abi::acpi {

using Signature = std::array<char, 4>;
using OemId = std::array<char, 6>;

/// Root pointer, revision 2. Both checksums make the bytes that they cover sum to 0.
struct [[gnu::packed]] Rsdp {
    std::array<char, 8> signature{'R', 'S', 'D', ' ', 'P', 'T', 'R', ' '};
    std::uint8_t checksum = 0;  ///< of the first 20 bytes
    OemId oem_id{};
    std::uint8_t revision = 2;
    std::uint32_t rsdt = 0, bytes = 36;
    std::uint64_t xsdt = 0;
    std::uint8_t extended_checksum = 0;  ///< of all of it
    std::uint8_t reserved[3]{};
};
static_assert(sizeof(Rsdp) == 36 && offsetof(Rsdp, xsdt) == 24);
/// What the first of its sums covers.
inline constexpr std::uint32_t rsdp_first_part = 20;

/// Every other table begins with this.
struct [[gnu::packed]] Header {
    Signature signature{};
    std::uint32_t bytes = 0;
    std::uint8_t revision = 0, checksum = 0;
    OemId oem_id{};
    std::array<char, 8> oem_table_id{};
    std::uint32_t oem_revision = 1;
    Signature creator_id{};
    std::uint32_t creator_revision = 1;
};
static_assert(sizeof(Header) == 36);

/// Where a register is.
struct [[gnu::packed]] GenericAddress {
    std::uint8_t space = 0, bits = 0, offset = 0, access = 0;  ///< space 1: I/O ports
    std::uint64_t address = 0;
};
static_assert(sizeof(GenericAddress) == 12);
inline constexpr std::uint8_t io_space = 1;

/// Fixed description. Fields that this project leaves zero are gathered in `reserved_...`.
struct [[gnu::packed]] Fadt {
    Header header;
    std::uint32_t facs = 0, dsdt = 0;
    std::uint8_t reserved_44 = 0, preferred_profile = 0;
    std::uint16_t sci_interrupt = 0;
    std::uint32_t smi_command = 0;  ///< 0: the machine is in ACPI mode already
    std::uint8_t reserved_52[4]{};
    std::uint32_t pm1a_event = 0, pm1b_event = 0, pm1a_control = 0, pm1b_control = 0, pm2_control = 0;
    std::uint32_t pm_timer = 0, gpe0 = 0, gpe1 = 0;
    std::uint8_t pm1_event_bytes = 0, pm1_control_bytes = 0, pm2_control_bytes = 0, pm_timer_bytes = 0;
    std::uint8_t gpe0_bytes = 0, gpe1_bytes = 0, gpe1_base = 0, reserved_95 = 0;
    std::uint16_t c2_latency = 0, c3_latency = 0;  ///< above 100 and 1000: there is no such state
    std::uint8_t reserved_100[8]{};
    std::uint8_t century = 0;  ///< index in CMOS
    std::uint16_t boot_flags = 0;
    std::uint8_t reserved_111 = 0;
    std::uint32_t flags = 0;
    GenericAddress reset_register;
    std::uint8_t reset_value = 0;
    std::uint8_t reserved_129[3]{};
    std::uint64_t x_facs = 0, x_dsdt = 0;
    GenericAddress x_pm1a_event, x_pm1b_event, x_pm1a_control, x_pm1b_control, x_pm2_control, x_pm_timer,
        x_gpe0, x_gpe1;
};
static_assert(sizeof(Fadt) == 244 && offsetof(Fadt, pm_timer) == 76 && offsetof(Fadt, century) == 108);
static_assert(offsetof(Fadt, flags) == 112 && offsetof(Fadt, reset_register) == 116);
static_assert(offsetof(Fadt, x_dsdt) == 140 && offsetof(Fadt, x_pm_timer) == 208);

struct FadtFlag {
    static constexpr std::uint32_t wbinvd = 1 << 0, c1_supported = 1 << 2, power_button_is_device = 1 << 4,
                                   sleep_button_is_device = 1 << 5, rtc_s4 = 1 << 7, timer_32_bit = 1 << 8,
                                   reset_register = 1 << 10;
};
struct BootFlag {
    static constexpr std::uint16_t legacy_devices = 1 << 0, keyboard_8042 = 1 << 1, no_vga = 1 << 2;
};

struct [[gnu::packed]] Facs {
    Signature signature{'F', 'A', 'C', 'S'};
    std::uint32_t bytes = 64;
    std::uint8_t reserved_08[56]{};
};
static_assert(sizeof(Facs) == 64);

/// Interrupt controllers; records of the kinds below follow.
struct [[gnu::packed]] Madt {
    Header header;
    std::uint32_t local_apic = 0, flags = 0;  ///< flags bit 0: there are 8259s too
};
static_assert(sizeof(Madt) == 44);
struct [[gnu::packed]] MadtLocalApic {
    std::uint8_t type = 0, bytes = 8, processor = 0, apic_id = 0;
    std::uint32_t flags = 1;  ///< usable
};
struct [[gnu::packed]] MadtIoApic {
    std::uint8_t type = 1, bytes = 12, id = 0, reserved = 0;
    std::uint32_t address = 0, first_interrupt = 0;
};
/// An ISA interrupt that arrives at another pin or with another polarity than ISA's own.
struct [[gnu::packed]] MadtOverride {
    std::uint8_t type = 2, bytes = 10, bus = 0, source = 0;
    std::uint32_t interrupt = 0;
    std::uint16_t flags = 0;  ///< 0: as the bus; 0xd: level-triggered, active high
};
/// The pin of each local APIC at which an NMI from outside arrives.
struct [[gnu::packed]] MadtLocalNmi {
    std::uint8_t type = 4, bytes = 6, processor = 0xff;
    std::uint16_t flags = 0;
    std::uint8_t pin = 1;
};
static_assert(sizeof(MadtLocalApic) == 8 && sizeof(MadtIoApic) == 12 && sizeof(MadtOverride) == 10 &&
              sizeof(MadtLocalNmi) == 6);

/// Addresses of the other tables. [ACPI "Extended System Description Table (XSDT)"]
template <std::size_t Count>
struct [[gnu::packed]] Xsdt {
    Header header;
    std::uint64_t tables[Count];
};

/// Configuration space of PCI as memory. [PCI-Firmware "MCFG Table"]
struct [[gnu::packed]] Mcfg {
    Header header;
    std::uint8_t reserved[8]{};
    std::uint64_t base = 0;
    std::uint16_t segment = 0;
    std::uint8_t first_bus = 0, last_bus = 255;
    std::uint8_t reserved_end[4]{};
};
static_assert(sizeof(Mcfg) == 60);

}  // namespace abi::acpi
