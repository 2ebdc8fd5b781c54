// SPDX-License-Identifier: MIT
// QEMU's firmware configuration: which item is selected, its bytes, and what a DMA command asks for. The machine has an
// own one: QEMU's would write wherever the guest says, and describes QEMU's computer. [QEMU "fw_cfg"]
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/address.hpp"
#include "base/fixed_vector.hpp"

namespace model::host {

/// I/O ports. The two words of the DMA register are big-endian, and its second word starts the transfer.
struct FirmwarePort {
    static constexpr std::uint16_t select = 0x510, data = 0x511, dma_high = 0x514, dma_low = 0x518,
                                   end = 0x51c;
};
[[nodiscard]] constexpr bool is_firmware_port(std::uint16_t port) {
    return port == FirmwarePort::select || port == FirmwarePort::data ||
           (port >= FirmwarePort::dma_high && port < FirmwarePort::end);
}

/// Numbers of items.
struct FirmwareItem {
    static constexpr std::uint16_t signature = 0, features = 1, cpus = 5, kernel_bytes = 8,
                                   initrd_bytes = 0xb, boot_menu = 0xe, most_cpus = 0xf, kernel = 0x11,
                                   initrd = 0x12, command_line_bytes = 0x14, command_line = 0x15,
                                   setup_bytes = 0x17, setup = 0x18, directory = 0x19, first_file = 0x20;
};

/// A command of the DMA interface: 16 bytes, big-endian.
struct FirmwareCommand {
    static constexpr std::uint32_t error = 1, read = 2, skip = 4, select = 8, write = 16;
    static constexpr std::size_t bytes = 16;
    /// More than firmware reads at once: a command for more is wrong, and would keep the host busy.
    static constexpr std::uint32_t most_bytes = 1 << 20;
    std::uint32_t control = 0, length = 0;
    Gpa data{};
    friend constexpr bool operator==(const FirmwareCommand&, const FirmwareCommand&) = default;
};
[[nodiscard]] FirmwareCommand read_firmware_command(std::span<const std::byte, FirmwareCommand::bytes> from);

/// A file that lies outside the machine. `number` means something to `FetchFile` alone; one of 0 bytes is not there.
struct OuterFile {
    std::uint16_t number = 0;
    std::uint32_t bytes = 0;
};
/// Copies a part of such a file that exists.
using FetchFile = void (*)(std::uint16_t number, std::uint64_t offset, std::span<std::byte> to);

/// What a PC with firmware has besides, for its firmware to find.
struct FirmwareFiles {
    FetchFile fetch = nullptr;
    OuterFile kernel, setup, initrd, command_line;  ///< an operating system to start without a disk
    OuterFile acpi_rsdp, acpi_tables, acpi_loader;  ///< [QEMU "bios-linker-loader"]
    std::span<const GpaRange> memory;               ///< RAM that firmware may use
};

class FirmwareConfig {
public:
    /// Nothing of it is there.
    FirmwareConfig() = default;
    /// It names the place of the image's firmware in the files etc/bios_gpa and etc/bios_size, and no more.
    FirmwareConfig(GpaRange firmware, unsigned cpus);
    /// With `files`, of which the map of memory has eight entries at most. With ACPI tables it does not name the place.
    FirmwareConfig(GpaRange firmware, unsigned cpus, const FirmwareFiles& files);
    [[nodiscard]] bool exists() const { return !items_.empty(); }

    /// The next byte that is read is the item's first. An item that does not exist is empty.
    void select(std::uint16_t item);
    [[nodiscard]] std::uint16_t selected() const { return selected_; }
    /// Behind the end of an item there are zeros.
    void read(std::span<std::byte> to);
    [[nodiscard]] std::uint8_t read();

    /// Before the transfer: what `command` selects and skips has happened. Bytes that are to go to its data; empty: it is
    /// an error, because it writes, or is longer than any item.
    [[nodiscard]] std::optional<std::uint32_t> begin(const FirmwareCommand& command);

private:
    static constexpr std::size_t most_items = 24, most_files = 6, name_bytes = 56, entry_bytes = 64;
    struct Item {
        std::uint16_t number = 0, outer = 0;
        bool is_outer = false;
        std::uint32_t begin = 0, bytes = 0;  ///< in `store_`, or in the outer file
    };
    [[nodiscard]] const Item* find_selected() const;
    std::span<std::byte> add(std::uint16_t number, std::uint32_t bytes);
    void add_number(std::uint16_t number, std::uint32_t bytes, std::uint64_t value);
    void add_outer(std::uint16_t number, OuterFile file);
    void add_sized(std::uint16_t size, std::uint16_t contents, OuterFile file);
    /// The number of the item that holds the file.
    std::uint16_t add_name(const char* name, std::uint64_t bytes);
    void add_basis(unsigned cpus);
    void add_place(GpaRange firmware);
    void add_directory();

    std::uint16_t selected_ = 0;
    std::uint64_t offset_ = 0;
    FetchFile fetch_ = nullptr;
    FixedVector<Item, most_items> items_;
    std::uint32_t used_ = 0;
    std::array<std::byte, 1024> store_{};
    std::array<std::byte, 4 + most_files * entry_bytes> directory_{};
    std::uint16_t file_count_ = 0;
};

}  // namespace model::host
