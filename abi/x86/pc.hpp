// SPDX-License-Identifier: MIT
// Where the devices of a PC with Intel's ICH9 are, as QEMU's machine q35 has them.
// [ICH9 "Register and Memory Mapping"]
#pragma once
#include <cstdint>

namespace abi::pc {

inline constexpr std::uint64_t local_apic = 0xfee0'0000, io_apic = 0xfec0'0000, hpet = 0xfed0'0000;
/// Memory windows of PCI: configuration space, base address registers up to the IO-APIC, and those
/// above 4 GiB.
inline constexpr std::uint64_t pci_configuration = 0xb000'0000, pci_bars = 0xc000'0000;
/// The firmware's place, which the first Mebibyte's devices and option ROMs share.
inline constexpr std::uint64_t rom_begin = 0xc'0000, rom_end = 0x10'0000;

struct Port {
    static constexpr std::uint16_t pic_master = 0x20, pit = 0x40, keyboard_data = 0x60, speaker = 0x61,
                                   keyboard_command = 0x64, cmos_index = 0x70, cmos_data = 0x71,
                                   system_control = 0x92, pic_slave = 0xa0, com1 = 0x3f8,
                                   firmware_text = 0x402, pic_edge = 0x4d0, pm = 0x600,
                                   pci_address = 0xcf8, reset = 0xcf9, pci_data = 0xcfc, pci_bars = 0x1000;
};
/// Offsets of the power management registers from Port::pm, and the fields of PM1 control.
/// [ACPI "PM1 Control Registers"]
struct Pm {
    static constexpr std::uint16_t event = 0, control = 4, timer = 8, general_event = 0x20, bytes = 0x80;
};
struct PmControl {
    static constexpr std::uint32_t sleep_enable = 1u << 13, sleep_type = 7u << 10;
    static constexpr std::uint32_t soft_off = 0;  ///< sleep type of S5
};
/// Bit of Port::reset that pulls the CPU's reset line, of Port::system_control that does the same the old
/// way, and the keyboard controller's command for it.
inline constexpr std::uint8_t reset_cpu = 1 << 2, fast_reset = 1 << 0, keyboard_pulse_reset = 0xfe;

}  // namespace abi::pc
