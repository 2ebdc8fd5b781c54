// SPDX-License-Identifier: MIT
// Firmware configuration: items and commands.
#include "model/host/firmware_config.hpp"

#include <algorithm>
#include <iterator>
#include <cstring>
#include <string_view>

namespace model::host {
namespace {

/// The lowest byte first.
void put_little(std::span<std::byte> to, std::uint64_t value) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<std::byte>(value >> 8 * i);
}
void put_big(std::span<std::byte> to, std::uint64_t value) {
    for (std::size_t i = 0; i < to.size(); ++i)
        to[i] = static_cast<std::byte>(value >> 8 * (to.size() - 1 - i));
}
std::uint64_t get_big(std::span<const std::byte> from) {
    std::uint64_t value = 0;
    for (const std::byte each : from) value = value << 8 | std::to_integer<std::uint64_t>(each);
    return value;
}

constexpr std::string_view names[] = {"etc/bios_gpa", "etc/bios_size"};
constexpr std::size_t count_bytes = 4, entry_bytes = 64;

/// Size, number, two bytes without a meaning, and a name that ends in a zero.
void put_entry(std::span<std::byte, entry_bytes> entry, std::uint16_t number, std::string_view name) {
    put_big(entry.subspan(0, 4), sizeof(std::uint64_t));
    put_big(entry.subspan(4, 2), number);
    std::memcpy(entry.data() + 8, name.data(), name.size());
}

}  // namespace

FirmwareCommand read_firmware_command(std::span<const std::byte, FirmwareCommand::bytes> from) {
    return {static_cast<std::uint32_t>(get_big(from.subspan(0, 4))),
            static_cast<std::uint32_t>(get_big(from.subspan(4, 4))), Gpa{get_big(from.subspan(8, 8))}};
}

FirmwareConfig::FirmwareConfig(GpaRange firmware, unsigned cpus) : exists_{true} {
    constexpr std::uint32_t traditional = 1, dma = 2;
    std::memcpy(signature_.data(), "QEMU", signature_.size());
    put_little(features_, traditional | dma);
    put_little(cpus_, cpus);
    const std::span<std::byte> directory{directory_};
    put_big(directory.first(count_bytes), std::size(names));
    for (std::size_t i = 0; i < std::size(names); ++i)
        put_entry(directory.subspan(count_bytes + i * entry_bytes).first<entry_bytes>(),
                  static_cast<std::uint16_t>(FirmwareItem::first_file + i), names[i]);
    put_little(files_[0], firmware.begin.value());
    put_little(files_[1], firmware.size());
}

void FirmwareConfig::select(std::uint16_t item) {
    selected_ = item;
    offset_ = 0;
}

std::span<const std::byte> FirmwareConfig::item() const {
    switch (selected_) {
        case FirmwareItem::signature: return signature_;
        case FirmwareItem::features: return features_;
        case FirmwareItem::cpus: return cpus_;
        case FirmwareItem::directory: return directory_;
        case FirmwareItem::first_file: return files_[0];
        case FirmwareItem::first_file + 1: return files_[1];
        default: return {};
    }
}

std::uint8_t FirmwareConfig::read() {
    const auto bytes = item();
    if (offset_ >= bytes.size()) return 0;
    return std::to_integer<std::uint8_t>(bytes[offset_++]);
}

std::optional<std::uint32_t> FirmwareConfig::begin(const FirmwareCommand& command) {
    using Command = FirmwareCommand;
    if ((command.control & Command::select) != 0) select(static_cast<std::uint16_t>(command.control >> 16));
    if ((command.control & Command::read) != 0)
        return command.length <= Command::most_bytes ? std::optional{command.length} : std::nullopt;
    if ((command.control & Command::write) != 0) return std::nullopt;
    if ((command.control & Command::skip) != 0) offset_ += command.length;
    return 0;
}

}  // namespace model::host
