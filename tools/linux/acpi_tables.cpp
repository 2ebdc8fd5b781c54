// SPDX-License-Identifier: MIT
// Lays the tables out one behind the other. A machine without SMM is in ACPI mode from its start, so there is
// no command to switch it on, and the guest never has to trigger an SMI.
#include "tools/linux/acpi_tables.hpp"

#include <cstring>

#include "abi/acpi/tables.hpp"
#include "abi/x86/pc.hpp"

namespace tools::linux_boot {
namespace {

using namespace abi::acpi;
namespace pc = abi::pc;

constexpr std::uint64_t table_alignment = 64;  // the FACS wants it, the others do not mind
constexpr std::uint16_t sci_interrupt = 9;
constexpr std::uint8_t event_bytes = 4, control_bytes = 2, timer_bytes = 4, general_event_bytes = 16;
constexpr std::uint16_t no_such_state = 0xfff;
constexpr std::uint8_t century_in_cmos = 0x32;

/// The byte that makes the sum of `bytes` 0.
std::uint8_t checksum(Bytes bytes) {
    unsigned sum = 0;
    for (const std::byte byte : bytes) sum += std::to_integer<unsigned>(byte);
    return static_cast<std::uint8_t>(0u - sum);
}

GenericAddress ports(std::uint64_t first, unsigned bytes) {
    return {.space = io_space, .bits = static_cast<std::uint8_t>(8 * bytes), .address = first};
}

Xsdt<2> xsdt(std::uint64_t fadt_at, std::uint64_t madt_at) {
    Xsdt<2> t{acpi_header({'X', 'S', 'D', 'T'}, 1, sizeof t), {fadt_at, madt_at}};
    t.header.checksum = checksum(bytes_of_object(t));
    return t;
}

Rsdp rsdp(std::uint64_t xsdt_at) {
    Rsdp root = acpi_root(xsdt_at);
    root.checksum = checksum(bytes_of_object(root).first(rsdp_first_part));
    root.extended_checksum = checksum(bytes_of_object(root));
    return root;
}

/// Appends `table` at the next aligned place; returns its address.
std::uint32_t place(Buffer& to, Gpa at, Bytes table) {
    to.resize(round_up(to.size(), table_alignment));
    const auto address = static_cast<std::uint32_t>(at.value() + to.size());
    to.insert(to.end(), table.begin(), table.end());
    return address;
}

/// With the PM timer, which a kernel reads a hundred times, each an exit. Without it the kernel does not believe its
/// calibration of the APIC timer, and spins through another tenth of a second: tens of millions of PAUSEs.
void add_pm_timer(Fadt& t) {
    t.pm_timer = pc::Port::pm + pc::Pm::timer;
    t.pm_timer_bytes = timer_bytes;
    t.flags |= FadtFlag::timer_32_bit;
    t.x_pm_timer = ports(t.pm_timer, timer_bytes);
}

/// With its sum. These tables are for kernels that are told the TSC's frequency. One that comes from a disk is not, and
/// would take the PM timer for its clock.
Fadt linked_fadt(std::uint32_t facs, std::uint32_t dsdt_at) {
    Fadt t = acpi_fadt(facs, dsdt_at);
    add_pm_timer(t);
    t.header.checksum = checksum(bytes_of_object(t));
    return t;
}

}  // namespace

Header acpi_header(Signature signature, std::uint8_t revision, std::size_t bytes) {
    Header h;
    h.signature = signature;
    h.bytes = static_cast<std::uint32_t>(bytes);
    h.revision = revision;
    h.oem_id = {'A', 'D', 'Y', 'T', 'O', 'N'};
    h.oem_table_id = {'Q', '3', '5', ' ', ' ', ' ', ' ', ' '};
    h.creator_id = {'A', 'D', 'Y', 'T'};
    return h;
}

Rsdp acpi_root(std::uint64_t xsdt_at) { return {.oem_id = {'A', 'D', 'Y', 'T', 'O', 'N'}, .xsdt = xsdt_at}; }

Fadt acpi_fadt(std::uint32_t facs, std::uint32_t dsdt_at) {
    Fadt t;
    t.header = acpi_header({'F', 'A', 'C', 'P'}, 3, sizeof t);
    t.facs = facs;
    t.x_dsdt = t.dsdt = dsdt_at;
    t.sci_interrupt = sci_interrupt;
    t.pm1a_event = pc::Port::pm + pc::Pm::event;
    t.pm1a_control = pc::Port::pm + pc::Pm::control;
    t.gpe0 = pc::Port::pm + pc::Pm::general_event;
    t.pm1_event_bytes = event_bytes;
    t.pm1_control_bytes = control_bytes;
    t.gpe0_bytes = general_event_bytes;
    t.c2_latency = t.c3_latency = no_such_state;
    t.century = century_in_cmos;
    // No 8042: the guest has no keyboard, and looking for one takes long where every port is an exit.
    t.boot_flags = BootFlag::legacy_devices | BootFlag::no_vga;
    t.flags = FadtFlag::wbinvd | FadtFlag::c1_supported | FadtFlag::power_button_is_device |
              FadtFlag::sleep_button_is_device | FadtFlag::reset_register;
    t.reset_register = ports(pc::Port::reset, 1);
    t.reset_value = pc::reset_cpu | 2;  // bit 1: the whole system
    t.x_pm1a_event = ports(t.pm1a_event, event_bytes);
    t.x_pm1a_control = ports(t.pm1a_control, control_bytes);
    t.x_gpe0 = ports(t.gpe0, general_event_bytes);
    return t;
}

Buffer acpi_tables(Gpa at, Gpa madt) {
    Buffer tables(sizeof(Rsdp));
    const std::uint32_t facs_at = place(tables, at, bytes_of_object(Facs{}));
    const std::uint32_t dsdt_at = place(tables, at, dsdt());
    const std::uint32_t fadt_at = place(tables, at, bytes_of_object(linked_fadt(facs_at, dsdt_at)));
    const std::uint32_t xsdt_at = place(tables, at, bytes_of_object(xsdt(fadt_at, madt.value())));
    const Rsdp root = rsdp(xsdt_at);
    std::memcpy(tables.data(), &root, sizeof root);
    return tables;
}

}  // namespace tools::linux_boot
