// SPDX-License-Identifier: MIT
// Ports of the firmware configuration, its DMA, which reaches the pages of the host alone, and its contents.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "model/host/firmware_map.hpp"
#include "snpemu/devices/outer_files.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/shown_pages.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

using host::FirmwareCommand, host::FirmwarePort;

constexpr std::uint32_t nothing_there = 0xffff'ffff;

/// Copies to or from shared pages, one after the other. False: a page is not for devices; those before it are done.
template <class Copy>
bool for_shared_bytes(Machine& machine, Gpa from, std::uint64_t bytes, Copy copy) {
    const auto range = GpaRange::make(from, bytes);
    if (!range || !devices_may_reach(machine, *range)) return false;
    for (Gpa at = range->begin; at < range->end;) {
        const std::uint64_t part = std::min(range->end - at, page_bytes - at.page_offset());
        const LockGuard guard{machine.rmp_lock};
        std::byte* const page = find_shared(machine, at.page());
        if (page == nullptr) return false;
        copy(std::span{page + at.page_offset(), static_cast<std::size_t>(part)});
        at = at + part;
    }
    return true;
}

std::optional<FirmwareCommand> fetch_command(Machine& machine, Gpa at) {
    std::array<std::byte, FirmwareCommand::bytes> bytes{};
    std::size_t done = 0;
    const bool is_read = for_shared_bytes(machine, at, bytes.size(), [&](std::span<std::byte> part) {
        std::memcpy(&bytes[done], part.data(), part.size());
        done += part.size();
    });
    return is_read ? std::optional{host::read_firmware_command(bytes)} : std::nullopt;
}

/// The command's first word, in which the guest sees that it is done.
void store_result(Machine& machine, Gpa at, bool is_good) {
    const std::uint32_t word = std::byteswap(is_good ? 0u : FirmwareCommand::error);
    std::size_t done = 0;
    (void)for_shared_bytes(machine, at, sizeof word, [&](std::span<std::byte> part) {
        std::memcpy(part.data(), reinterpret_cast<const std::byte*>(&word) + done, part.size());
        done += part.size();
    });
}

/// For the history and the end: the last item is what firmware that stops was looking for.
void note_selection(Machine& machine, Vcpu& vcpu, const host::FirmwareConfig& config) {
    machine.firmware_item = config.selected();
    trace::record(vcpu, "selects-firmware-item number", config.selected());
}

void transfer(Machine& machine, Vcpu& vcpu, Gpa at, host::FirmwareConfig& config) {
    const auto command = fetch_command(machine, at);
    if (!command) return trace::record(vcpu, "firmware-configuration-DMA-not-shared gpa", at.value());
    const auto bytes = config.begin(*command);
    if ((command->control & FirmwareCommand::select) != 0) note_selection(machine, vcpu, config);
    const bool is_good = bytes && for_shared_bytes(machine, command->data, *bytes,
                                                   [&](std::span<std::byte> part) { config.read(part); });
    store_result(machine, at, is_good);
}

void write(Machine& machine, Vcpu& vcpu, const host::PortAsk& to) REQUIRES(machine.firmware_lock) {
    const std::uint32_t word = std::byteswap(to.value);
    if (to.port == FirmwarePort::select && to.bytes == 2) {
        machine.firmware.select(static_cast<std::uint16_t>(to.value));
        note_selection(machine, vcpu, machine.firmware);
    }
    if (to.port == FirmwarePort::dma_high && to.bytes == 4) machine.firmware_dma_high = word;
    if (to.port != FirmwarePort::dma_low || to.bytes != 4) return;
    const Gpa at{std::uint64_t{std::exchange(machine.firmware_dma_high, 0)} << 32 | word};
    transfer(machine, vcpu, at, machine.firmware);
}

std::uint32_t read(Machine& machine, const host::PortAsk& from) REQUIRES(machine.firmware_lock) {
    constexpr std::uint32_t dma_words[] = {0x554d'4551, 0x4746'4320};  // "QEMU", " CFG"
    if (from.port <= FirmwarePort::data && from.bytes == 1) return machine.firmware.read();
    if (from.bytes != 4) return nothing_there >> (32 - 8 * from.bytes);
    return from.port == FirmwarePort::dma_high  ? dma_words[0]
           : from.port == FirmwarePort::dma_low ? dma_words[1]
                                                : nothing_there;
}

/// The files that adyton(1) has brought, and the machine's memory without its firmware's window.
host::FirmwareFiles files_of(const host::FirmwareMap& memory) {
    using outer_files::find;
    return {.fetch = outer_files::fetch,
            .kernel = find("kernel"),
            .setup = find("setup"),
            .initrd = find("initrd"),
            .command_line = find("cmdline"),
            .acpi_rsdp = find("acpi-rsdp"),
            .acpi_tables = find("acpi-tables"),
            .acpi_loader = find("acpi-loader"),
            .memory = {memory.begin(), memory.size()}};
}

}  // namespace

void make_firmware_config(Machine& machine) {
    const LockGuard guard{machine.firmware_lock};
    if (machine.firmware_window.is_empty()) {
        machine.firmware = {machine.firmware_place, machine.cpu_count};
        return;
    }
    FixedVector<GpaRange, GuestRam::most_ranges> told;
    for (const GpaRange& range : machine.ram.ranges)
        if (range != machine.firmware_window) (void)told.push_back(range);
    const auto memory = host::firmware_map({told.begin(), told.size()}, machine.required_memory);
    machine.firmware = {machine.firmware_place, machine.cpu_count, files_of(memory)};
}

void on_firmware_port(Machine& machine, Vcpu& vcpu, const host::PortAsk& asked, HostGhcb& ghcb) {
    const LockGuard guard{machine.firmware_lock};
    if (!asked.is_string) {
        if (asked.is_in) GHCB_PUT(ghcb.copy, rax, read(machine, asked));
        return asked.is_in ? void() : write(machine, vcpu, asked);
    }
    const auto data = ghcb.buffer().subspan(asked.offset, asked.count * asked.bytes);
    if (asked.is_in && asked.port == FirmwarePort::data && asked.bytes == 1)
        return machine.firmware.read(data);
    for (std::uint64_t at = 0; at < data.size(); at += asked.bytes) {
        host::PortAsk element = asked;
        if (asked.is_in) {
            element.value = read(machine, element);
            std::memcpy(&data[at], &element.value, asked.bytes);
        } else {
            element.value = 0;
            std::memcpy(&element.value, &data[at], asked.bytes);
            write(machine, vcpu, element);
        }
    }
}

}  // namespace snpemu
