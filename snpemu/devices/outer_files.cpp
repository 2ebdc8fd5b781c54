// SPDX-License-Identifier: MIT
// By DMA into a page of the machine's: the interface by bytes would leave to QEMU for each.
#include "snpemu/devices/outer_files.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>

#include "base/address.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/log/stop.hpp"

namespace snpemu::outer_files {
namespace {

using model::host::FirmwareCommand, model::host::FirmwareItem, model::host::FirmwarePort;

/// As QEMU reads it: big-endian.
struct Command {
    std::uint32_t control, length;
    std::uint64_t data;
};
static_assert(sizeof(Command) == FirmwareCommand::bytes);

alignas(page_bytes) constinit std::array<std::byte, page_bytes> buffer{};
constinit volatile Command command{};

/// Where the next read begins without a further command.
struct Place {
    std::uint32_t file = ~0u;
    std::uint64_t offset = 0;
    friend bool operator==(const Place&, const Place&) = default;
};
constinit Place next{};

/// Carried out before the write of the port returns.
void carry_out(std::uint32_t control, std::uint64_t length) {
    const auto address_of = [](const volatile void* object) {
        return reinterpret_cast<std::uint64_t>(object);
    };
    command.length = std::byteswap(static_cast<std::uint32_t>(length));
    command.data = std::byteswap(address_of(buffer.data()));
    command.control = std::byteswap(control);
    cpu::out32(FirmwarePort::dma_high, std::byteswap(static_cast<std::uint32_t>(address_of(&command) >> 32)));
    cpu::out32(FirmwarePort::dma_low, std::byteswap(static_cast<std::uint32_t>(address_of(&command))));
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (command.control != 0) stop_internal("QEMU-does-not-read-its-files");
}

struct Entry {
    std::uint32_t bytes;
    std::uint16_t number, reserved;
    std::array<char, 56> name;
};

}  // namespace

void fetch(std::uint16_t number, std::uint64_t offset, std::span<std::byte> to) {
    if (next != Place{number, offset})
        carry_out(std::uint32_t{number} << 16 | FirmwareCommand::select | FirmwareCommand::skip, offset);
    for (std::size_t done = 0; done < to.size();) {
        const std::size_t bytes = std::min(to.size() - done, buffer.size());
        carry_out(FirmwareCommand::read, bytes);
        std::memcpy(&to[done], buffer.data(), bytes);
        done += bytes;
    }
    next = {number, offset + to.size()};
}

model::host::OuterFile find(std::string_view name) {
    constexpr std::string_view folder = "opt/adyton/";
    std::uint32_t count = 0;
    fetch(FirmwareItem::directory, 0, std::as_writable_bytes(std::span{&count, 1}));
    for (std::uint32_t i = 0; i < std::byteswap(count); ++i) {
        Entry entry{};
        fetch(FirmwareItem::directory, sizeof count + i * sizeof entry,
              std::as_writable_bytes(std::span{&entry, 1}));
        const std::string_view found{entry.name.data()};
        if (found.starts_with(folder) && found.substr(folder.size()) == name)
            return {std::byteswap(entry.number), std::byteswap(entry.bytes)};
    }
    return {};
}

}  // namespace snpemu::outer_files
