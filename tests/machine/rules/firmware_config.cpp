// SPDX-License-Identifier: MIT
// The firmware configuration that an SVSM reads, and its DMA.
#include <bit>
#include <cstring>
#include <initializer_list>

#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

#define FIRMWARE .options = "--firmware 0xffc00000,4M"

using Io = abi::IoioInfo;
constexpr std::uint64_t code = static_cast<std::uint64_t>(abi::NaeEvent::Ioio);
constexpr std::uint16_t select_port = 0x510, data_port = 0x511, dma_high = 0x514, dma_low = 0x518;

std::uint64_t in(std::uint16_t port, std::uint64_t size) {
    REQUIRE(ghcb::event({.code = code, .info1 = Io::Port::put(port) | Io::In::mask | size}) == 0);
    return ghcb::page().rax;
}
void out(std::uint16_t port, std::uint64_t size, std::uint64_t value) {
    REQUIRE(ghcb::event({.code = code, .info1 = Io::Port::put(port) | size, .rax = value}) == 0);
}
std::uint64_t read_item(std::uint16_t item, unsigned bytes) {
    out(select_port, Io::Size16::mask, item);
    std::uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) value |= (in(data_port, Io::Size8::mask) & 0xff) << 8 * i;
    return value;
}

RULE(firmware_config_is_absent_unless_it_is_asked_for, "ADR 0060") {
    CHECK_EQ(read_item(0, 4), 0xffff'ffff);
    CHECK_EQ(in(dma_high, Io::Size32::mask), 0xffff'ffff);
}

RULE(firmware_config_says_what_it_is, "QEMU: fw_cfg", FIRMWARE) {
    CHECK_EQ(read_item(0, 4), 0x554d'4551);
    CHECK_EQ(read_item(1, 4), 3);
    CHECK_EQ(in(data_port, Io::Size8::mask) & 0xff, 0);  // behind the end
    CHECK_EQ(in(dma_high, Io::Size32::mask), 0x554d'4551);
    CHECK_EQ(in(dma_low, Io::Size32::mask), 0x4746'4320);
}

RULE(firmware_config_names_the_place_of_the_firmware, "QEMU: fw_cfg", FIRMWARE) {
    CHECK_EQ(read_item(0x20, 8), 0xffc0'0000);
    CHECK_EQ(read_item(0x21, 8), 0x40'0000);
}

RULE(firmware_config_counts_the_vcpus_of_the_guest, "QEMU: fw_cfg",
     .options = "--firmware 0xffc00000,4M --cpus 3") {
    CHECK_EQ(read_item(5, 2), 3);
    CHECK_EQ(read_item(0xf, 2), 3);
}

/// One range from 0 on: its beginning, which ends 8 bytes, and its type behind the length.
RULE(firmware_config_has_a_map_of_memory, "QEMU: fw_cfg", FIRMWARE) {
    CHECK_EQ(read_item(0x22, 8), 0);
    std::uint64_t bytes = 0;
    for (unsigned i = 0; i < 8; ++i) bytes |= (in(data_port, Io::Size8::mask) & 0xff) << 8 * i;
    CHECK(bytes > 32 << 20 && bytes < 3ull << 30);
    CHECK_EQ(in(data_port, Io::Size8::mask) & 0xff, 1);
}

RULE(firmware_config_without_a_kernel_says_so, "QEMU: fw_cfg", FIRMWARE) {
    for (const auto size : std::initializer_list<std::uint16_t>{0x8, 0xb, 0x14, 0x17})
        CHECK_EQ(read_item(size, 4), 0);
}

RULE(firmware_config_tells_no_more_than_a_place_elsewhere, "ADR 0060", .options = "--firmware 0x1000000,4M") {
    CHECK_EQ(read_item(0x19, 4), 0x200'0000);
    CHECK_EQ(read_item(0x20, 8), 0x100'0000);
}

RULE(firmware_config_is_read_by_strings_too, "GHCB: IOIO_PROT", FIRMWARE) {
    out(select_port, Io::Size16::mask, 0);
    REQUIRE(ghcb::event({.code = code,
                         .info1 = Io::Port::put(data_port) | Io::In::mask | Io::String::mask | Io::Rep::mask |
                                  Io::Size8::mask,
                         .info2 = 4,
                         .scratch = ghcb::buffer_gpa()}) == 0);
    CHECK(std::memcmp(ghcb::page().shared_buffer, "QEMU", 4) == 0);
}

/// A command at the beginning of a shared page; its first word when it is done.
std::uint32_t run_command(std::uint64_t page, std::uint32_t control, std::uint32_t length,
                          std::uint64_t data) {
    auto* const words = reinterpret_cast<volatile std::uint32_t*>(shared(page));
    words[0] = std::byteswap(control);
    words[1] = std::byteswap(length);
    words[2] = std::byteswap(static_cast<std::uint32_t>(data >> 32));
    words[3] = std::byteswap(static_cast<std::uint32_t>(data));
    out(dma_high, Io::Size32::mask, std::byteswap(static_cast<std::uint32_t>(page >> 32)));
    out(dma_low, Io::Size32::mask, std::byteswap(static_cast<std::uint32_t>(page)));
    return std::byteswap(words[0]);
}
constexpr std::uint32_t is_error = 1, read_selected = 0x19'000a, write_selected = 0x19'0018;

RULE(firmware_config_dma_reads_the_directory, "QEMU: fw_cfg", FIRMWARE) {
    const std::uint64_t page = allocate_loose();
    CHECK_EQ(run_command(page, read_selected, 132, page + 0x100), 0);
    CHECK_EQ(std::byteswap(static_cast<std::uint32_t>(at(shared(page) + 0x100))), 3);
    CHECK(std::memcmp(reinterpret_cast<const void*>(shared(page) + 0x10c), "etc/bios_gpa", 13) == 0);
    CHECK(std::memcmp(reinterpret_cast<const void*>(shared(page) + 0x14c), "etc/bios_size", 14) == 0);
}

RULE(firmware_config_dma_reaches_no_private_page, "APM2: RMP Access Checks", FIRMWARE) {
    const std::uint64_t command = allocate_loose(), page = allocate_page();
    at(page) = 0x1234;
    CHECK_EQ(run_command(command, read_selected, 132, page), is_error);
    CHECK_EQ(at(page), 0x1234);
    CHECK_EQ(run_command(command, read_selected, 132, 0xfee0'0000), is_error);
    CHECK_EQ(run_command(command, read_selected, 132, 0xffc0'0000), is_error);  // the window: a ROM to devices
    CHECK_EQ(run_command(command, read_selected, 132, ~0ull - 7), is_error);
}

RULE(firmware_config_dma_takes_no_private_command, "APM2: RMP Access Checks", FIRMWARE) {
    const std::uint64_t page = allocate_page(), wanted = std::byteswap(std::uint64_t{read_selected} << 32 | 4);
    at(page) = wanted;
    at(page + 8) = std::byteswap(allocate_loose());
    out(dma_high, Io::Size32::mask, std::byteswap(static_cast<std::uint32_t>(page >> 32)));
    out(dma_low, Io::Size32::mask, std::byteswap(static_cast<std::uint32_t>(page)));
    CHECK_EQ(at(page), wanted);
    out(dma_high, Io::Size32::mask, ~0u);
    out(dma_low, Io::Size32::mask, std::byteswap(~0u - 7));  // it would wrap: lost
}

RULE(firmware_config_dma_does_not_write_and_ends, "QEMU: fw_cfg", FIRMWARE) {
    const std::uint64_t page = allocate_loose();
    CHECK_EQ(run_command(page, write_selected, 4, page + 0x100), is_error);
    CHECK_EQ(run_command(page, read_selected, ~0u, page + 0x100), is_error);
    out(dma_high, Io::Size32::mask, 0);
    out(dma_low, Io::Size32::mask, std::byteswap(0xfee0'0000u));  // a command where no memory is: lost
}

}  // namespace
}  // namespace rules
