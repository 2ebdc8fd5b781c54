// SPDX-License-Identifier: MIT
// Switches the machine off as ACPI's operating systems do, after some port I/O of other sizes and directions.
#include <cstring>

#include "abi/x86/pc.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/ghcb.hpp"
#include "guest/lib/start.hpp"
#include "guest/lib/vcpu.hpp"

namespace {

using abi::IoioInfo;
using abi::pc::Port;

constexpr std::uint64_t info(std::uint16_t port, std::uint64_t size_and_kind) {
    return IoioInfo::Port::put(port) | IoioInfo::Address64::mask | size_and_kind;
}
std::optional<std::uint64_t> in(std::uint16_t port, std::uint64_t size) {
    const auto reply =
        guest::ghcb::event({.event = abi::NaeEvent::Ioio, .info1 = info(port, size | IoioInfo::In::mask)});
    if (!reply) return std::nullopt;
    return *const_cast<const volatile std::uint64_t*>(&guest::this_vcpu().ghcb->rax);
}
bool out(std::uint16_t port, std::uint64_t size, std::uint64_t value) {
    return guest::ghcb::event({.event = abi::NaeEvent::Ioio, .info1 = info(port, size), .rax = value})
        .has_value();
}

/// Vendor and device of PCI device 0, by a double word and by the string form of two words.
bool finds_the_host_bridge() {
    constexpr std::uint64_t first_function = 1u << 31, intel = 0x8086;
    if (!out(Port::pci_address, IoioInfo::Size32::mask, first_function)) return false;
    const auto id = in(Port::pci_data, IoioInfo::Size32::mask);
    const auto vendor = in(Port::pci_data, IoioInfo::Size16::mask);
    const auto strings =
        guest::ghcb::event({.event = abi::NaeEvent::Ioio,
                            .info1 = info(Port::pci_data, IoioInfo::Size16::mask | IoioInfo::In::mask |
                                                              IoioInfo::String::mask | IoioInfo::Rep::mask),
                            .info2 = 2,
                            .uses_buffer = true});
    std::uint16_t words[2]{};
    std::memcpy(words, guest::ghcb::buffer().data(), sizeof words);
    return id && vendor && strings && (*id & 0xffff) == intel && *vendor == intel && words[0] == intel &&
           words[1] == intel;
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    constexpr std::uint16_t no_such_port = 0x3e8, firmware_configuration = 0x510;
    guest::say("# host bridge {}", finds_the_host_bridge() ? "found" : "missing");
    guest::say("# port without a device reads 0x{:x}", in(no_such_port, IoioInfo::Size8::mask).value_or(0));
    guest::say("# port of the machine's own reads 0x{:x}",
               in(firmware_configuration, IoioInfo::Size16::mask).value_or(0));
    (void)out(Port::pm + abi::pc::Pm::control, IoioInfo::Size16::mask, abi::pc::PmControl::sleep_enable);
    return 1;
}
