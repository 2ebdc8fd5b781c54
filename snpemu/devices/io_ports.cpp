// SPDX-License-Identifier: MIT
// Port I/O of a guest, carried out on QEMU's devices. [GHCB "IOIO_PROT (0x7B)"]
#include "kern/spinlock.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/cpu/device_bus.hpp"
#include "snpemu/devices/port_policy.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

constexpr std::uint32_t nothing_there = 0xffff'ffff;  // what a bus without a device answers

constinit Spinlock console_lock;

struct Access {
    std::uint16_t port;
    unsigned bytes;
};

/// What a trace keeps word for word: the console, and the port for marks.
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

void write_port(Vcpu& vcpu, Access to, std::uint32_t value) {
    if (const auto end = end_of(to.port, value))
        stop("kind={} cpu={} vmpl={}", *end == MachineEnd::PowerOff ? "poweroff" : "reset", vcpu.id,
             vcpu.current);
    switch (use_of(to.port)) {
        case PortUse::Absent: return;
        case PortUse::Report:
            stop("kind=report value={} cpu={} vmpl={}", value & 0xff, vcpu.id, vcpu.current);
        case PortUse::Device: break;
    }
    if (to.port < abi::pc::Port::pci_data || to.port > abi::pc::Port::pci_data + 3)
        return write_device(to, value);
    const LockGuard guard{device_bus};
    write_device(to, value);
}

std::uint32_t read_port(Access from) {
    if (use_of(from.port) != PortUse::Device) return nothing_there >> (32 - 8 * from.bytes);
    switch (from.bytes) {
        case 1: return cpu::in8(from.port);
        case 2: return cpu::in16(from.port);
        default: return cpu::in32(from.port);
    }
}

/// INS and OUTS: `count` elements through the shared buffer. A whole string goes out under one lock, so that
/// lines of several vCPUs do not mix.
std::expected<void, abi::NaeError> string_io(Vcpu& vcpu, const GhcbRequest& request, HostGhcb& ghcb,
                                             Access what) {
    const std::uint64_t bytes = what.bytes;
    if (!request.scratch_valid) return std::unexpected{abi::NaeError::MissingInput};
    if (request.info_2 > abi::ghcb_shared_buffer_bytes / bytes)
        return std::unexpected{abi::NaeError::InvalidScratch};
    const auto offset = scratch_offset(ghcb.gpa, request.scratch, request.info_2 * bytes);
    if (!offset) return std::unexpected{offset.error()};
    const auto data = ghcb.buffer().subspan(*offset, request.info_2 * bytes);
    const bool out = !abi::IoioInfo::In::test(request.info_1);
    if (out && is_text(what.port))
        trace::note_text(vcpu, what.port, {&ghcb.page.shared_buffer[*offset], data.size()}, bytes);
    const LockGuard guard{console_lock};
    for (std::uint64_t at = 0; at < data.size(); at += bytes) {
        std::uint32_t value = 0;
        if (abi::IoioInfo::In::test(request.info_1)) {
            value = read_port(what);
            std::memcpy(&data[at], &value, bytes);
        } else {
            std::memcpy(&value, &data[at], bytes);
            write_port(vcpu, what, value);
        }
    }
    return {};
}

unsigned operand_bytes(std::uint64_t info) {
    using Info = abi::IoioInfo;
    return Info::Size8::test(info) ? 1 : Info::Size16::test(info) ? 2 : Info::Size32::test(info) ? 4 : 0;
}

}  // namespace

void on_ioio(Vcpu& vcpu, const GhcbRequest& request, HostGhcb& ghcb) {
    using Info = abi::IoioInfo;
    abi::Ghcb& page = ghcb.page;
    const Access what{static_cast<std::uint16_t>(Info::Port::get(request.info_1)),
                      operand_bytes(request.info_1)};
    if (what.bytes == 0) return reply_malformed(page, abi::NaeError::InvalidInput);
    if (Info::String::test(request.info_1)) {
        if (auto done = string_io(vcpu, request, ghcb, what); !done)
            return reply_malformed(page, done.error());
    } else if (Info::In::test(request.info_1)) {
        GHCB_PUT(page, rax, read_port(what));
    } else {
        if (!request.rax_valid) return reply_malformed(page, abi::NaeError::MissingInput);
        const auto byte = static_cast<std::uint8_t>(request.rax);
        if (is_text(what.port)) trace::note_text(vcpu, what.port, {&byte, 1});
        const LockGuard guard{console_lock};
        write_port(vcpu, what, static_cast<std::uint32_t>(request.rax));
    }
    reply_ok(page);
}

}  // namespace snpemu
