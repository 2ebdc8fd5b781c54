// SPDX-License-Identifier: MIT
// Port I/O of a guest, carried out on QEMU's devices. [GHCB "IOIO_PROT (0x7B)"]
#include "kern/spinlock.hpp"
#include "model/host/events.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/cpu/device_bus.hpp"
#include "snpemu/devices/port_policy.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/log/log.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

constexpr std::uint32_t nothing_there = 0xffff'ffff;  // what a bus without a device answers

constinit Spinlock console_lock;

/// A line of a firmware's debug text, until it is whole.
constinit FixedVector<char, 200> firmware_line GUARDED_BY(console_lock){};

void say(char c) REQUIRES(console_lock) {
    const bool is_printable = c >= ' ' && c <= '~';
    if (!is_printable && c != '\n') return;
    if (is_printable && firmware_line.push_back(c)) return;
    log("firmware: {}", std::string_view{firmware_line.begin(), firmware_line.size()});
    firmware_line.clear();
}

struct Access {
    std::uint16_t port;
    unsigned bytes;
};

/// The ports whose bytes a trace keeps: the console, and the port for marks.
bool is_text(std::uint16_t port) {
    return port == abi::adyton::console_port || port == abi::adyton::mark_port;
}

void write_device(Access to, std::uint32_t value) {
    switch (to.bytes) {
        case 1: return cpu::out8(to.port, static_cast<std::uint8_t>(value));
        case 2: return cpu::out16(to.port, static_cast<std::uint16_t>(value));
        default: return cpu::out32(to.port, value);
    }
}

void write_port(Machine& machine, Vcpu& vcpu, Access to, std::uint32_t value) REQUIRES(console_lock) {
    if (const auto end = end_of(to.port, value))
        stop("kind={} cpu={} vmpl={}", *end == MachineEnd::PowerOff ? "poweroff" : "reset", vcpu.id,
             vcpu.current);
    switch (use_of(to.port)) {
        case PortUse::Absent: return;
        case PortUse::FirmwareText:
            if (!machine.firmware_window.is_empty()) say(static_cast<char>(value));
            return;
        case PortUse::Report:
            stop("kind=report value={} cpu={} vmpl={}", value & 0xff, vcpu.id, vcpu.current);
        case PortUse::SystemControl: machine.system_control = system_control_after(value); return;
        case PortUse::Device: break;
    }
    if (to.port < abi::pc::Port::pci_data || to.port > abi::pc::Port::pci_data + 3)
        return write_device(to, value);
    // Before the lock, which the end of the run takes too.
    if (!machine.firmware_window.is_empty() &&
        asks_for_smm(cpu::in32(abi::pc::Port::pci_address), to.port, value))
        stop(
            "kind=fault cpu={} vmpl={} rip=0x{:x} gpa=0x0 "
            "what=the-firmware-wants-SMM,-which-no-SNP-guest-has",
            vcpu.id, vcpu.current, vcpu.vmcb->save.rip);
    const LockGuard guard{device_bus};
    write_device(to, value);
}

std::uint32_t read_port(const Machine& machine, Access from) {
    const PortUse use = use_of(from.port);
    if (use == PortUse::FirmwareText && !machine.firmware_window.is_empty()) return firmware_text_is_read;
    if (use == PortUse::SystemControl && from.bytes == 1) return machine.system_control;
    if (use != PortUse::Device) return nothing_there >> (32 - 8 * from.bytes);
    switch (from.bytes) {
        case 1: return cpu::in8(from.port);
        case 2: return cpu::in16(from.port);
        default: return cpu::in32(from.port);
    }
}

/// INS and OUTS: elements pass through the shared buffer. A whole string goes out under one lock, so that the
/// lines of several vCPUs do not mix.
void string_io(Machine& machine, Vcpu& vcpu, const host::PortAsk& asked, HostGhcb& ghcb) {
    const Access what{asked.port, asked.bytes};
    const auto data = ghcb.buffer().subspan(asked.offset, asked.count * asked.bytes);
    if (!asked.is_in && is_text(what.port))
        trace::note_text(vcpu, what.port, {&ghcb.copy.shared_buffer[asked.offset], data.size()}, what.bytes);
    const LockGuard guard{console_lock};
    for (std::uint64_t at = 0; at < data.size(); at += what.bytes) {
        std::uint32_t value = 0;
        if (asked.is_in) {
            value = read_port(machine, what);
            std::memcpy(&data[at], &value, what.bytes);
        } else {
            std::memcpy(&value, &data[at], what.bytes);
            write_port(machine, vcpu, what, value);
        }
    }
}

void single_out(Machine& machine, Vcpu& vcpu, const host::PortAsk& asked) {
    const auto byte = static_cast<std::uint8_t>(asked.value);
    if (is_text(asked.port)) trace::note_text(vcpu, asked.port, {&byte, 1});
    const LockGuard guard{console_lock};
    write_port(machine, vcpu, {asked.port, asked.bytes}, asked.value);
}

}  // namespace

void on_ioio(Machine& machine, Vcpu& vcpu, const GhcbRequest& request, HostGhcb& ghcb) {
    const auto asked = host::read_port_io(request, ghcb.gpa);
    if (!asked) return reply_malformed(ghcb.copy, asked.error());
    if (!machine.firmware_place.is_empty() && host::is_firmware_port(asked->port))
        on_firmware_port(machine, vcpu, *asked, ghcb);
    else if (asked->is_string)
        string_io(machine, vcpu, *asked, ghcb);
    else if (asked->is_in)
        GHCB_PUT(ghcb.copy, rax, read_port(machine, {asked->port, asked->bytes}));
    else
        single_out(machine, vcpu, *asked);
    reply_ok(ghcb.copy);
}

}  // namespace snpemu
