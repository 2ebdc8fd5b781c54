// SPDX-License-Identifier: MIT
// What a device of a PC with firmware reaches: RAM that is shared, and the place of firmware never. The device is QEMU's
// teaching device, a buffer and a DMA engine. [QEMU docs/specs/edu.rst]
#include "abi/x86/paging.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

#define DEVICE .options = "--firmware 0xffc84000,3568K --device edu,dma_mask=0xffffffff"

using Io = abi::IoioInfo;
constexpr std::uint64_t window = 0xffc8'4000, place_of_the_machine = 2 << 20;
constexpr std::uint64_t registers = 0xfe00'0000, own_buffer = 0x4'0000, marked = 0x1234'5678'9abc'def0;
enum class Register : std::uint64_t { Source = 0x80, Destination = 0x88, Count = 0x90, Command = 0x98 };
constexpr std::uint64_t start = 1, to_memory = 2;

std::uint64_t port(std::uint16_t number, std::uint64_t kind, std::uint64_t value = 0) {
    const auto code = static_cast<std::uint64_t>(abi::NaeEvent::Ioio);
    REQUIRE(ghcb::event({.code = code, .info1 = Io::Port::put(number) | Io::Size32::mask | kind, .rax = value}) == 0);
    return ghcb::page().rax & 0xffff'ffff;
}
void select(std::uint64_t slot, std::uint64_t offset) { port(0xcf8, 0, 1u << 31 | slot << 11 | offset); }

std::uint64_t& buffer() { return *reinterpret_cast<std::uint64_t*>(ghcb::page().shared_buffer); }
void access(abi::NaeEvent event, Register which) {
    REQUIRE(ghcb::event({.code = static_cast<std::uint64_t>(event),
                         .info1 = registers + static_cast<std::uint64_t>(which),
                         .info2 = sizeof(std::uint64_t),
                         .scratch = ghcb::buffer_gpa()}) == 0);
}
void write(Register which, std::uint64_t value) {
    buffer() = value;
    access(abi::NaeEvent::MmioWrite, which);
}
bool is_busy() {
    access(abi::NaeEvent::MmioRead, Register::Command);
    return (buffer() & start) != 0;
}

/// Gives the device an address and lets it be master.
void find_device() {
    constexpr std::uint32_t vendor_and_device = 0x11e8'1234, memory_and_master = 6;
    for (unsigned slot = 0; slot < 32; ++slot) {
        select(slot, 0);
        if (port(0xcfc, Io::In::mask) != vendor_and_device) continue;
        select(slot, 0x10);
        port(0xcfc, 0, registers);
        select(slot, 4);
        port(0xcfc, 0, memory_and_master);
        return;
    }
    REQUIRE(false);
}
void transfer(std::uint64_t from, std::uint64_t to, std::uint64_t direction) {
    write(Register::Source, from);
    write(Register::Destination, to);
    write(Register::Count, sizeof marked);
    write(Register::Command, start | direction);
    while (is_busy()) {}
}
/// The device has the mark in its buffer.
void load_device() {
    find_device();
    const std::uint64_t page = allocate_loose();
    at(shared(page)) = marked;
    transfer(page, own_buffer, 0);
}
/// A shared page that the map shows at another place.
std::uint64_t show(std::uint64_t gpa) {
    const std::uint64_t page = allocate_page();
    volatile std::uint64_t& entry = entry_of(page);
    entry = (entry & ~(abi::Pte::address_mask | c_mask())) | gpa;
    flush_tlb();
    return page;
}
/// Private and shared again, as a guest hands it back; then the device writes it.
bool is_reached(std::uint64_t gpa) {
    REQUIRE(ghcb::change_page(gpa, abi::PscOperation::Private));
    REQUIRE(ghcb::change_page(gpa, abi::PscOperation::Shared));
    const std::uint64_t page = show(gpa);
    at(page) = 0;
    transfer(own_buffer, gpa, to_memory);
    return at(page) == marked;
}

RULE(devices_reach_shared_ram_with_firmware, "ADR 0072", DEVICE) {
    load_device();
    const std::uint64_t page = allocate_loose();
    at(shared(page)) = 0;
    transfer(own_buffer, page, to_memory);
    CHECK_EQ(at(shared(page)), marked);
    CHECK(is_reached(place_of_the_machine + 0x5000));
}
RULE(devices_never_reach_the_place_of_firmware, "ADR 0072", DEVICE) {
    load_device();
    CHECK(!is_reached(window));
    CHECK(!is_reached(window + 0x10'0000));
}

}  // namespace
}  // namespace rules
