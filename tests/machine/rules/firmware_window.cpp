// SPDX-License-Identifier: MIT
// What a guest with firmware has besides: RAM where a PC's firmware lies and where the machine lies, and the windows of
// PCI where such firmware looks for them.
#include "abi/x86/paging.hpp"
#include "tests/machine/lib/cpuid.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

#define FIRMWARE .options = "--firmware 0xffc84000,3568K"

constexpr std::uint64_t window = 0xffc8'4000, window_end = 1ull << 32, place_of_the_machine = 2 << 20;
using Io = abi::IoioInfo;

/// A page of the map that shows `gpa`, private or shared, instead of its own page.
std::uint64_t show(std::uint64_t gpa, std::uint64_t c_bit) {
    const std::uint64_t page = allocate_page();
    volatile std::uint64_t& entry = entry_of(page);
    entry = (entry & ~(abi::Pte::address_mask | c_mask())) | gpa | c_bit;
    flush_tlb();
    return page;
}
bool becomes_private(std::uint64_t gpa) {
    const std::uint64_t page = show(gpa, c_mask());
    if (!ghcb::change_page(gpa, abi::PscOperation::Private)) return false;
    const RmpAnswer answer = pvalidate(page, 0, 1);
    if (!answer.is(abi::RmpResult::Success) || answer.carry()) return false;
    at(page) = gpa;
    return at(page) == gpa;
}

RULE(firmware_window_ends_at_4_gib, "QEMU: pc_system_firmware_init", FIRMWARE) {
    CHECK(becomes_private(window));
    CHECK(becomes_private(window_end - 4096));
    CHECK(!ghcb::change_page(window - 4096, abi::PscOperation::Private));
}
RULE(firmware_window_is_there_only_with_firmware, "ADR 0072") {
    CHECK(!ghcb::change_page(window, abi::PscOperation::Private));
    CHECK(!ghcb::change_page(place_of_the_machine, abi::PscOperation::Private));
}
RULE(place_of_the_machine_is_ram_with_firmware, "ADR 0072", FIRMWARE) {
    for (std::uint64_t page = place_of_the_machine; page < 2 * place_of_the_machine; page += 0x3'f000)
        CHECK(becomes_private(page));
}
RULE(place_of_the_machine_is_shared_at_first, "APM2: RMP Access Checks", FIRMWARE) {
    const std::uint64_t page = show(place_of_the_machine + 0x1000, 0);
    at(page) = 7;
    CHECK_EQ(at(page), 7);
}

RULE(guest_physical_addresses_end_at_512_gib_with_firmware, "APM3: CPUID Fn8000_0008", FIRMWARE) {
    const abi::CpuidEntry* const entry = cpuid::find(abi::CpuidExtended8::function);
    REQUIRE(entry != nullptr);
    CHECK_EQ(abi::CpuidExtended8::GuestPhysicalBits::get(entry->eax), 39);
}
RULE(guest_physical_addresses_have_no_end_of_their_own_without, "APM3: CPUID Fn8000_0008") {
    const abi::CpuidEntry* const entry = cpuid::find(abi::CpuidExtended8::function);
    REQUIRE(entry != nullptr);
    CHECK_EQ(abi::CpuidExtended8::GuestPhysicalBits::get(entry->eax), 0);
}

constexpr auto ioio = static_cast<std::uint64_t>(abi::NaeEvent::Ioio);
std::uint64_t in_byte(std::uint16_t port) {
    CHECK(ghcb::event({.code = ioio, .info1 = Io::Port::put(port) | Io::In::mask | Io::Size8::mask}) == 0);
    return ghcb::page().rax & 0xff;
}
RULE(port_92_keeps_address_line_20_alone, "ICH9: PORT92") {
    CHECK_EQ(in_byte(0x92), 0);
    ghcb::out_byte(0x92, 0xfe);
    CHECK_EQ(in_byte(0x92), 2);
    ghcb::out_byte(0x92, 0);
    CHECK_EQ(in_byte(0x92), 0);
}

RULE(port_402_listens_to_firmware, "QEMU: isa-debugcon", FIRMWARE) {
    CHECK_EQ(in_byte(0x402), 0xe9);
    ghcb::out_string(0x402, "a line of firmware\n");
}
RULE(port_402_is_absent_without_firmware, "ADR 0072") { CHECK_EQ(in_byte(0x402), 0xff); }

std::uint32_t read_memory(std::uint64_t gpa) {
    const auto code = static_cast<std::uint64_t>(abi::NaeEvent::MmioRead);
    if (ghcb::event({.code = code, .info1 = gpa, .info2 = 4, .scratch = ghcb::buffer_gpa()}) != 0) return 0;
    return *reinterpret_cast<const std::uint32_t*>(ghcb::page().shared_buffer);
}
constexpr std::uint32_t host_bridge = 0x29c0'8086, nothing = ~0u;
/// QEMU's own firmware has put the configuration space there.
constexpr std::uint64_t configuration = 0xb000'0000;

RULE(pci_window_begins_at_2_gib_with_firmware, "Q35: PCIEXBAR", FIRMWARE) {
    CHECK_EQ(read_memory(configuration), host_bridge);
}
RULE(pci_window_begins_at_3_gib_without, "Q35: PCIEXBAR") { CHECK_EQ(read_memory(configuration), nothing); }
RULE(pci_window_spares_ram_and_iommu, "ADR 0032", FIRMWARE) {
    CHECK_EQ(read_memory(0xfed9'0000), nothing);
    CHECK_EQ(read_memory(0x800'0000), nothing);
    CHECK_EQ(read_memory(512ull << 30), nothing);
}

RULE(firmware_that_asks_for_smm_is_ended, "QEMU: mch_realize", .ends = "fault",
     .options = "--firmware 0xffc84000,3568K") {
    (void)ghcb::event({.code = ioio, .info1 = Io::Port::put(0xcf8) | Io::Size32::mask, .rax = 0x8000'0050});
    (void)ghcb::event({.code = ioio, .info1 = Io::Port::put(0xcfc) | Io::Size16::mask, .rax = 0xffff});
}

}  // namespace
}  // namespace rules
