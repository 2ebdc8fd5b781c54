// SPDX-License-Identifier: MIT
#include "guest/dma/edu.hpp"

#include <cstring>

#include "abi/x86/pc.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/ghcb.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/vcpu.hpp"

namespace edu {
namespace {

using abi::IoioInfo;
using abi::NaeEvent;
using abi::pc::Port;

constexpr std::uint32_t vendor_and_device = 0x11e8'1234;
constexpr std::uint32_t command_register = 0x4, first_bar = 0x10;
constexpr std::uint32_t memory_and_master = 0x6;
/// Anywhere in PCI's window: no firmware has assigned addresses there.
constexpr std::uint64_t base = 0xfe00'0000;
/// The device's buffer in its own address space, and its registers.
constexpr std::uint64_t own_buffer = 0x4'0000;
enum class Register : std::uint64_t { Source = 0x80, Destination = 0x88, Count = 0x90, Command = 0x98 };
constexpr std::uint64_t start = 1, to_memory = 2;

std::uint64_t port_info(std::uint16_t port, std::uint64_t kind) {
    return IoioInfo::Port::put(port) | IoioInfo::Address64::mask | IoioInfo::Size32::mask | kind;
}
void out(std::uint16_t port, std::uint32_t value) {
    if (!guest::ghcb::event({.event = NaeEvent::Ioio, .info1 = port_info(port, 0), .rax = value}))
        guest::fatal("the host refused port I/O");
}
std::uint32_t in(std::uint16_t port) {
    if (!guest::ghcb::event({.event = NaeEvent::Ioio, .info1 = port_info(port, IoioInfo::In::mask)}))
        guest::fatal("the host refused port I/O");
    return static_cast<std::uint32_t>(
        *const_cast<const volatile std::uint64_t*>(&guest::this_vcpu().ghcb->rax));
}

void select(unsigned slot, std::uint32_t offset) { out(Port::pci_address, 1u << 31 | slot << 11 | offset); }

void access(NaeEvent event, Register which) {
    if (!guest::ghcb::event({.event = event,
                             .info1 = base + static_cast<std::uint64_t>(which),
                             .info2 = sizeof(std::uint64_t),
                             .uses_buffer = true}))
        guest::fatal("the host refused device memory");
}
std::uint64_t read(Register which) {
    access(NaeEvent::MmioRead, which);
    std::uint64_t value = 0;
    std::memcpy(&value, guest::ghcb::buffer().data(), sizeof value);
    return value;
}
void write(Register which, std::uint64_t value) {
    std::memcpy(guest::ghcb::buffer().data(), &value, sizeof value);
    access(NaeEvent::MmioWrite, which);
}

void transfer(std::uint64_t from, std::uint64_t to, std::uint32_t bytes, std::uint64_t direction) {
    write(Register::Source, from);
    write(Register::Destination, to);
    write(Register::Count, bytes);
    write(Register::Command, start | direction);
    while ((read(Register::Command) & start) != 0) guest::pause();
}

}  // namespace

bool find() {
    for (unsigned slot = 0; slot < 32; ++slot) {
        select(slot, 0);
        if (in(Port::pci_data) != vendor_and_device) continue;
        select(slot, first_bar);
        out(Port::pci_data, static_cast<std::uint32_t>(base));
        select(slot, command_register);
        out(Port::pci_data, memory_and_master);
        return true;
    }
    return false;
}

void fetch(Gpa from, std::uint32_t bytes) { transfer(from.value(), own_buffer, bytes, 0); }
void deliver(Gpa to, std::uint32_t bytes) { transfer(own_buffer, to.value(), bytes, to_memory); }

}  // namespace edu
