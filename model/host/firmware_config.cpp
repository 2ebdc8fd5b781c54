// SPDX-License-Identifier: MIT
// Firmware configuration: items and commands.
#include "model/host/firmware_config.hpp"

#include <algorithm>
#include <cstring>

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

constexpr std::size_t count_bytes = 4;
/// An entry of etc/e820: address, bytes, type, and nothing between. [ACPI "Query System Address Map"]
constexpr std::uint32_t map_entry_bytes = 20, type_memory = 1;

}  // namespace

FirmwareCommand read_firmware_command(std::span<const std::byte, FirmwareCommand::bytes> from) {
    return {static_cast<std::uint32_t>(get_big(from.subspan(0, 4))),
            static_cast<std::uint32_t>(get_big(from.subspan(4, 4))), Gpa{get_big(from.subspan(8, 8))}};
}

/// There is room for all that is ever added.
std::span<std::byte> FirmwareConfig::add(std::uint16_t number, std::uint32_t bytes) {
    (void)items_.push_back({.number = number, .begin = used_, .bytes = bytes});
    used_ += bytes;
    return std::span{store_}.subspan(used_ - bytes, bytes);
}
void FirmwareConfig::add_number(std::uint16_t number, std::uint32_t bytes, std::uint64_t value) {
    put_little(add(number, bytes), value);
}
void FirmwareConfig::add_outer(std::uint16_t number, OuterFile file) {
    (void)items_.push_back({.number = number, .outer = file.number, .is_outer = true, .bytes = file.bytes});
}
void FirmwareConfig::add_sized(std::uint16_t size, std::uint16_t contents, OuterFile file) {
    add_number(size, 4, file.bytes);
    add_outer(contents, file);
}

/// Size, number, two bytes without a meaning, and a name that ends in a zero.
std::uint16_t FirmwareConfig::add_name(const char* name, std::uint64_t bytes) {
    const auto number = static_cast<std::uint16_t>(FirmwareItem::first_file + file_count_);
    const auto entry = std::span{directory_}.subspan(count_bytes + file_count_ * entry_bytes, entry_bytes);
    put_big(entry.subspan(0, 4), bytes);
    put_big(entry.subspan(4, 2), number);
    std::memcpy(entry.data() + 8, name, std::min(std::strlen(name), name_bytes - 1));
    ++file_count_;
    return number;
}

void FirmwareConfig::add_basis(unsigned cpus) {
    constexpr std::uint32_t traditional = 1, dma = 2;
    std::memcpy(add(FirmwareItem::signature, 4).data(), "QEMU", 4);
    add_number(FirmwareItem::features, 4, traditional | dma);
    add_number(FirmwareItem::cpus, 2, cpus);
}

void FirmwareConfig::add_place(GpaRange firmware) {
    add_number(add_name("etc/bios_gpa", 8), 8, firmware.begin.value());
    add_number(add_name("etc/bios_size", 8), 8, firmware.size());
}

/// Behind all names.
void FirmwareConfig::add_directory() {
    put_big(std::span{directory_}.first(count_bytes), file_count_);
    const auto bytes = static_cast<std::uint32_t>(count_bytes + file_count_ * entry_bytes);
    std::memcpy(add(FirmwareItem::directory, bytes).data(), directory_.data(), bytes);
}

FirmwareConfig::FirmwareConfig(GpaRange firmware, unsigned cpus) {
    add_basis(cpus);
    add_place(firmware);
    add_directory();
}

FirmwareConfig::FirmwareConfig(GpaRange firmware, unsigned cpus, const FirmwareFiles& files)
    : fetch_{files.fetch} {
    using Item = FirmwareItem;
    add_basis(cpus);
    // Firmware looks for a dozen files that are not there, and each time reads the whole directory, two exits and more
    // an entry. A host that brings tables for it has put it in its place.
    if (files.acpi_loader.bytes == 0) add_place(firmware);
    add_number(Item::most_cpus, 2, cpus);
    add_number(Item::boot_menu, 2, 0);
    add_sized(Item::kernel_bytes, Item::kernel, files.kernel);
    add_sized(Item::setup_bytes, Item::setup, files.setup);
    add_sized(Item::initrd_bytes, Item::initrd, files.initrd);
    add_sized(Item::command_line_bytes, Item::command_line, files.command_line);
    const auto map_bytes = static_cast<std::uint32_t>(files.memory.size() * map_entry_bytes);
    std::span<std::byte> entry = add(add_name("etc/e820", map_bytes), map_bytes);
    for (const GpaRange& range : files.memory) {
        put_little(entry.subspan(0, 8), range.begin.value());
        put_little(entry.subspan(8, 8), range.size());
        put_little(entry.subspan(16, 4), type_memory);
        entry = entry.subspan(map_entry_bytes);
    }
    const auto add_file = [&](const char* name, OuterFile file) {
        if (file.bytes != 0) add_outer(add_name(name, file.bytes), file);
    };
    add_file("etc/acpi/rsdp", files.acpi_rsdp);
    add_file("etc/acpi/tables", files.acpi_tables);
    add_file("etc/table-loader", files.acpi_loader);
    add_directory();
}

void FirmwareConfig::select(std::uint16_t item) {
    selected_ = item;
    offset_ = 0;
}

const FirmwareConfig::Item* FirmwareConfig::find_selected() const {
    const auto* const found = std::ranges::find(items_, selected_, &Item::number);
    return found == items_.end() ? nullptr : found;
}

void FirmwareConfig::read(std::span<std::byte> to) {
    std::ranges::fill(to, std::byte{0});
    const Item* const item = find_selected();
    const std::uint64_t left = item != nullptr && offset_ < item->bytes ? item->bytes - offset_ : 0;
    const auto there = to.first(std::min<std::uint64_t>(left, to.size()));
    if (there.empty()) return;
    if (item->is_outer)
        fetch_(item->outer, offset_, there);
    else
        std::memcpy(there.data(), &store_[item->begin + offset_], there.size());
    offset_ += there.size();
}

std::uint8_t FirmwareConfig::read() {
    std::byte byte{};
    read(std::span{&byte, 1});
    return std::to_integer<std::uint8_t>(byte);
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
