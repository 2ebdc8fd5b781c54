// SPDX-License-Identifier: MIT
// The ports a guest can reach: the console UART of QEMU, and the port on which it reports its verdict.
#include "abi/adyton/guest_info.hpp"
#include "kern/spinlock.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/stop.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

constexpr std::uint16_t uart_ports = 8;
constexpr std::uint64_t nothing_there = 0xffff'ffff;  // what a bus without a device answers

constinit Spinlock console_lock;

bool is_console(std::uint64_t port) {
    return port >= abi::adyton::console_port && port < abi::adyton::console_port + uart_ports;
}

/// What a trace keeps word for word: the console, and the port for marks.
bool is_text(std::uint64_t port) {
    return port == abi::adyton::console_port || port == abi::adyton::mark_port;
}

void write_port(Vcpu& vcpu, std::uint64_t port, std::uint64_t value) {
    if (is_console(port)) cpu::out8(static_cast<std::uint16_t>(port), static_cast<std::uint8_t>(value));
    if (port == abi::adyton::report_port)
        stop("kind=report value={} cpu={} vmpl={}", value & 0xff, vcpu.id, vcpu.current);
}

std::uint64_t read_port(std::uint64_t port, std::uint64_t bytes) {
    if (is_console(port)) return cpu::in8(static_cast<std::uint16_t>(port));
    return nothing_there >> (32 - 8 * bytes);
}

/// INS and OUTS: `count` elements through the shared buffer. A whole string goes out under one lock, so that
/// lines of several vCPUs do not mix.
std::expected<void, abi::NaeError> string_io(Vcpu& vcpu, const GhcbRequest& request, abi::Ghcb& page,
                                             Gpa page_gpa, std::uint64_t bytes) {
    const std::uint64_t port = abi::IoioInfo::Port::get(request.info_1);
    if (!request.scratch_valid) return std::unexpected{abi::NaeError::MissingInput};
    if (request.info_2 > abi::ghcb_shared_buffer_bytes / bytes)
        return std::unexpected{abi::NaeError::InvalidScratch};
    const auto offset = scratch_offset(page_gpa, request.scratch, request.info_2 * bytes);
    if (!offset) return std::unexpected{offset.error()};
    const bool out = !abi::IoioInfo::In::test(request.info_1);
    if (out && is_text(port))
        trace::note_text(vcpu, static_cast<std::uint16_t>(port),
                         {&page.shared_buffer[*offset], request.info_2 * bytes}, bytes);
    const LockGuard guard{console_lock};
    for (std::uint64_t i = 0; i < request.info_2 * bytes; i += bytes) {
        auto* const element = const_cast<volatile std::uint8_t*>(&page.shared_buffer[*offset + i]);
        if (abi::IoioInfo::In::test(request.info_1)) {
            const std::uint64_t value = read_port(port, bytes);
            for (std::uint64_t b = 0; b < bytes; ++b)
                element[b] = static_cast<std::uint8_t>(value >> (8 * b));
        } else {
            write_port(vcpu, port, element[0]);
        }
    }
    return {};
}

std::uint64_t operand_bytes(std::uint64_t info) {
    using Info = abi::IoioInfo;
    return Info::Size8::test(info) ? 1 : Info::Size16::test(info) ? 2 : Info::Size32::test(info) ? 4 : 0;
}

}  // namespace

void on_ioio(Machine&, Vcpu& vcpu, const GhcbRequest& request, abi::Ghcb& page, Gpa page_gpa) {
    using Info = abi::IoioInfo;
    const std::uint64_t bytes = operand_bytes(request.info_1), port = Info::Port::get(request.info_1);
    if (bytes == 0) return reply_malformed(page, abi::NaeError::InvalidInput);
    if (Info::String::test(request.info_1)) {
        if (auto done = string_io(vcpu, request, page, page_gpa, bytes); !done)
            return reply_malformed(page, done.error());
    } else if (Info::In::test(request.info_1)) {
        GHCB_PUT(page, rax, read_port(port, bytes));
    } else {
        if (!request.rax_valid) return reply_malformed(page, abi::NaeError::MissingInput);
        const auto byte = static_cast<std::uint8_t>(request.rax);
        if (is_text(port)) trace::note_text(vcpu, static_cast<std::uint16_t>(port), {&byte, 1});
        const LockGuard guard{console_lock};
        write_port(vcpu, port, request.rax);
    }
    reply_ok(page);
}

}  // namespace snpemu
