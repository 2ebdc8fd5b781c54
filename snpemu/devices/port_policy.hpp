// SPDX-License-Identifier: MIT
// Which ports of QEMU's machine a guest reaches, and what a write to some of them means.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "abi/adyton/guest_info.hpp"
#include "abi/x86/pc.hpp"

namespace snpemu {

enum class PortUse : std::uint8_t {
    Absent,         ///< reads as all ones, ignores writes: no device, or one of the machine's own
    Device,         ///< QEMU's device answers
    Report,         ///< the guest's verdict about itself
    FirmwareText,   ///< what firmware of a debug build says, if the guest has firmware
    SystemControl,  ///< the machine keeps it: QEMU's would reset QEMU
};

struct PortRange {
    std::uint16_t first, last;
    PortUse use;
};

/// Such firmware looks whether somebody listens. [QEMU "isa-debugcon"]
inline constexpr std::uint8_t firmware_text_is_read = 0xe9;

/// Every other port is absent. Left out on purpose: QEMU's firmware configuration (its DMA would write
/// wherever the guest says), the debug console (the machine's channel), SMI (there is no SMM), ISA DMA.
inline constexpr auto port_ranges = [] {
    using P = abi::pc::Port;
    constexpr auto device = PortUse::Device;
    return std::to_array<PortRange>({
        {P::pic_master, P::pic_master + 1, device},
        {P::pit, P::pit + 3, device},
        {P::keyboard_data, P::keyboard_data, device},
        {P::speaker, P::speaker, device},
        {P::keyboard_command, P::keyboard_command, device},
        {P::cmos_index, P::cmos_data, device},
        {P::system_control, P::system_control, PortUse::SystemControl},
        {P::pic_slave, P::pic_slave + 1, device},
        {abi::adyton::report_port, abi::adyton::report_port, PortUse::Report},
        {P::com1, P::com1 + 7, device},
        {P::firmware_text, P::firmware_text, PortUse::FirmwareText},
        {P::pic_edge, P::pic_edge + 1, device},
        {P::pm, P::pm + abi::pc::Pm::bytes - 1, device},
        {P::pci_address, P::pci_data + 3, device},
        {P::pci_bars, 0xffff, device},
    });
}();

constexpr PortUse use_of(std::uint16_t port) {
    for (const PortRange& range : port_ranges)
        if (range.first <= port && port <= range.last) return range.use;
    return PortUse::Absent;
}
static_assert(use_of(0x3f8) == PortUse::Device && use_of(0xf4) == PortUse::Report);
static_assert(use_of(0xe9) == PortUse::Absent && use_of(0x510) == PortUse::Absent);

enum class MachineEnd : std::uint8_t { PowerOff, Reset };

/// Firmware that was built with SMM asks so, by a write of this value to the configuration of the host bridge, how much
/// memory SMM may have. No SNP guest has SMM, so such firmware ends a little later, without a word.
/// [QEMU "mch_realize"]
constexpr bool asks_for_smm(std::uint32_t pci_address, std::uint16_t port, std::uint32_t value) {
    constexpr std::uint32_t tseg_register = 0x8000'0050,
                            query = 0xffff;  // bus 0, device 0, function 0, register 50h
    return port == abi::pc::Port::pci_data && pci_address == tseg_register && value == query;
}

/// What port 92h keeps of a write that is no reset: the gate of address line 20, which gates nothing here. Bits that were
/// kept, or read as ones, would come back in the next write as a reset.
constexpr std::uint8_t system_control_after(std::uint32_t value) {
    constexpr std::uint8_t address_line_20 = 1 << 1;
    return static_cast<std::uint8_t>(value & address_line_20);
}
static_assert(system_control_after(0xfe) == 2 && system_control_after(4) == 0);

/// What a write does to the whole machine, if anything: the ways in which operating systems switch a PC off
/// or reset it. QEMU must not see such a write: it would end without a verdict.
constexpr std::optional<MachineEnd> end_of(std::uint16_t port, std::uint32_t value) {
    using P = abi::pc::Port;
    using abi::pc::PmControl;
    switch (port) {
        case P::pm + abi::pc::Pm::control:
            if ((value & PmControl::sleep_enable) == 0) return std::nullopt;
            // The machine cannot resume from suspend, so a guest that asks for it is switched off too.
            return MachineEnd::PowerOff;
        case P::reset:
            return (value & abi::pc::reset_cpu) != 0 ? std::optional{MachineEnd::Reset} : std::nullopt;
        case P::system_control:
            return (value & abi::pc::fast_reset) != 0 ? std::optional{MachineEnd::Reset} : std::nullopt;
        case P::keyboard_command:
            return (value & 0xff) == abi::pc::keyboard_pulse_reset ? std::optional{MachineEnd::Reset}
                                                                   : std::nullopt;
        default: return std::nullopt;
    }
}
static_assert(end_of(0x604, 0x2000) == MachineEnd::PowerOff && !end_of(0x604, 1) && !end_of(0x604, 0x1c00));
static_assert(end_of(0xcf9, 6) == MachineEnd::Reset && !end_of(0xcf9, 2) &&
              end_of(0x64, 0xfe) == MachineEnd::Reset);

}  // namespace snpemu
