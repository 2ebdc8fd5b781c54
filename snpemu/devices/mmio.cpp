// SPDX-License-Identifier: MIT
// Device memory: a guest's access without RAM behind it is #VC, which the guest turns into an event.
// [GHCB "MMIO Read", "MMIO Write"]
#include <algorithm>
#include <bit>
#include <cstring>

#include "abi/x86/pc.hpp"
#include "model/host/events.hpp"
#include "snpemu/cpu/apic.hpp"
#include "snpemu/cpu/device_bus.hpp"
#include "snpemu/devices/apic_policy.hpp"
#include "snpemu/devices/local_apic.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/shown_pages.hpp"
#include "snpemu/log/stop.hpp"

namespace snpemu {
namespace {

namespace pc = abi::pc;

constexpr std::uint64_t nothing_there = ~0ull;
constexpr std::uint32_t io_apic_window = 0x10, io_apic_first_entry = 0x10;

constexpr bool lies_in(std::uint64_t address, std::uint64_t base, std::uint64_t bytes) {
    return base <= address && address - base < bytes;
}

template <class T>
T load_device(std::uint64_t address) {
    const LockGuard guard{device_bus};
    return *reinterpret_cast<volatile T*>(address);
}
template <class T>
void store_device(std::uint64_t address, std::uint64_t value) {
    const LockGuard guard{device_bus};
    *reinterpret_cast<volatile T*>(address) = static_cast<T>(value);
}
std::uint64_t read_bus(std::uint64_t address, std::uint64_t bytes) {
    switch (bytes) {
        case 1: return load_device<std::uint8_t>(address);
        case 2: return load_device<std::uint16_t>(address);
        case 4: return load_device<std::uint32_t>(address);
        default: return load_device<std::uint64_t>(address);
    }
}
void write_bus(std::uint64_t address, std::uint64_t bytes, std::uint64_t value) {
    switch (bytes) {
        case 1: return store_device<std::uint8_t>(address, value);
        case 2: return store_device<std::uint16_t>(address, value);
        case 4: return store_device<std::uint32_t>(address, value);
        default: return store_device<std::uint64_t>(address, value);
    }
}

void write_io_apic(std::uint64_t address, std::uint32_t value) {
    const auto index = load_device<std::uint32_t>(pc::io_apic);
    const bool is_entry_low = index >= io_apic_first_entry && index % 2 == 0;
    if (address == pc::io_apic + io_apic_window && is_entry_low) value = constrain_vector(value, false);
    store_device<std::uint32_t>(address, value);
}

bool is_local_apic(std::uint64_t address) { return lies_in(address, pc::local_apic, page_bytes); }
bool is_io_apic(std::uint64_t address) { return lies_in(address, pc::io_apic, page_bytes); }

/// The window is there: neither off nor replaced by MSRs.
bool has_xapic(const Vcpu& vcpu) { return vcpu.msrs.apic_mode() == host::ApicMode::Xapic; }

std::uint64_t read_device(const Machine& machine, const Vcpu& vcpu, std::uint64_t address,
                          std::uint64_t bytes) {
    if (machine.pci_windows.contain(address, bytes)) return read_bus(address, bytes);
    // Both controllers are made of 32-bit registers.
    if (bytes != 4 || address % 4 != 0) return nothing_there;
    if (is_local_apic(address) && has_xapic(vcpu))
        return apic::read(static_cast<std::uint32_t>(address - pc::local_apic));
    if (is_io_apic(address)) return load_device<std::uint32_t>(address);
    return nothing_there;
}

void write_device(Machine& machine, Vcpu& vcpu, std::uint64_t address, std::uint64_t bytes,
                  std::uint64_t value) {
    if (machine.pci_windows.contain(address, bytes)) return write_bus(address, bytes, value);
    if (bytes != 4 || address % 4 != 0) return;
    const auto word = static_cast<std::uint32_t>(value);
    if (is_local_apic(address) && has_xapic(vcpu))
        write_local_apic(machine, vcpu, static_cast<std::uint32_t>(address - pc::local_apic), word);
    if (is_io_apic(address)) write_io_apic(address, word);
}

/// QEMU serves an address that is RAM from the shared page there, as far as the guest has one.
bool transfer_ram(Machine& machine, const host::DeviceMemoryAsk& asked, std::span<std::byte> data) {
    if (!is_kvm(machine) || !machine.ram.contains(Gpa{asked.address}, asked.bytes)) return false;
    const LockGuard guard{machine.rmp_lock};
    for (std::uint64_t i = 0; i < asked.bytes; ++i) {
        const Gpa byte{asked.address + i};
        std::byte* const page = find_shared(machine, byte.page());
        std::byte* const at = page == nullptr ? nullptr : page + byte.page_offset();
        if (asked.is_read) data[i] = at == nullptr ? std::byte{0} : *at;
        if (!asked.is_read && at != nullptr) *at = data[i];
    }
    return true;
}

/// As a bus does it: pieces of a power of two bytes, 8 at most.
void transfer_device(Machine& machine, Vcpu& vcpu, const host::DeviceMemoryAsk& asked,
                     std::span<std::byte> data) {
    for (std::uint64_t done = 0; done < asked.bytes;) {
        const std::uint64_t bytes = std::bit_floor(std::min<std::uint64_t>(asked.bytes - done, 8));
        const auto piece = data.subspan(done, bytes);
        std::uint64_t value = 0;
        if (asked.is_read) {
            value = read_device(machine, vcpu, asked.address + done, bytes);
            std::memcpy(piece.data(), &value, bytes);
        } else {
            std::memcpy(&value, piece.data(), bytes);
            write_device(machine, vcpu, asked.address + done, bytes, value);
        }
        done += bytes;
    }
}

}  // namespace

void on_mmio(Machine& machine, Vcpu& vcpu, const GhcbRequest& request, HostGhcb& ghcb) {
    const auto asked = host::read_device_memory(request, ghcb.gpa, machine.host);
    if (!asked) return reply_malformed(ghcb.copy, asked.error());
    const auto data = ghcb.buffer().subspan(asked->offset, asked->bytes);
    if (!transfer_ram(machine, *asked, data)) transfer_device(machine, vcpu, *asked, data);
    reply_ok(ghcb.copy);
}

}  // namespace snpemu
