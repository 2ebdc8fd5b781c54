// SPDX-License-Identifier: MIT
// QEMU's firmware configuration, as far as an SVSM reads it: which item is selected, its bytes, and what a DMA command asks
// for. The machine has an own one: QEMU's would write wherever the guest says. [QEMU "fw_cfg"]
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/address.hpp"

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
    static constexpr std::uint16_t signature = 0, features = 1, cpus = 5, directory = 0x19, first_file = 0x20;
};

/// A command of the DMA interface: 16 bytes, big-endian.
struct FirmwareCommand {
    static constexpr std::uint32_t error = 1, read = 2, skip = 4, select = 8, write = 16;
    static constexpr std::size_t bytes = 16;
    /// More than any item has: a command for more is wrong, and would keep the host busy.
    static constexpr std::uint32_t most_bytes = 1 << 20;
    std::uint32_t control = 0, length = 0;
    Gpa data{};
    friend constexpr bool operator==(const FirmwareCommand&, const FirmwareCommand&) = default;
};
[[nodiscard]] FirmwareCommand read_firmware_command(std::span<const std::byte, FirmwareCommand::bytes> from);

class FirmwareConfig {
public:
    /// Nothing of it is there.
    FirmwareConfig() = default;
    /// It names the place of the image's firmware in the files etc/bios_gpa and etc/bios_size.
    FirmwareConfig(GpaRange firmware, unsigned cpus);
    [[nodiscard]] bool exists() const { return exists_; }

    /// The next byte that is read is the item's first. An item that does not exist is empty.
    void select(std::uint16_t item);
    /// Behind the end of an item there are zeros.
    [[nodiscard]] std::uint8_t read();

    /// Before the transfer: what `command` selects and skips has happened. Bytes that are to go to its data; empty: it is
    /// an error, because it writes, or is longer than any item.
    [[nodiscard]] std::optional<std::uint32_t> begin(const FirmwareCommand& command);

private:
    [[nodiscard]] std::span<const std::byte> item() const;
    bool exists_ = false;
    std::uint16_t selected_ = 0;
    std::uint64_t offset_ = 0;
    std::array<std::byte, 4> signature_{}, features_{};
    std::array<std::byte, 2> cpus_{};
    std::array<std::byte, 4 + 2 * 64> directory_{};
    std::array<std::array<std::byte, 8>, 2> files_{};
};

}  // namespace model::host
