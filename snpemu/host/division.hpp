// SPDX-License-Identifier: MIT
// How the computer's memory is divided between the guest and the machine: which system pages are shown to the guest at
// which addresses at first.
#pragma once
#include <algorithm>
#include <cstdint>
#include <expected>

#include "abi/adyton/machine_place.hpp"
#include "abi/x86/pc.hpp"
#include "base/address.hpp"
#include "base/fixed_vector.hpp"

namespace snpemu {

using SpaRange = Range<Spa>;

inline constexpr std::uint64_t four_gib = 4ull << 30, legacy_hole_begin = 0xa'0000;

/// The place of firmware below 4 GiB, as on a PC: devices do not reach it, and no memory map names it.
constexpr bool is_firmware_window(GpaRange place) {
    const bool is_whole = place.begin.is_page_aligned() && place.end.is_page_aligned();
    return is_whole && !place.is_empty() && place.begin.value() >= 3ull << 30 &&
           place.end.value() <= four_gib;
}

/// RAM of the guest in one piece.
struct Stretch {
    GpaRange range{};
    Spa system{};
    bool is_dma = true;   ///< devices reach it, as long as it is the hypervisor's
    bool is_told = true;  ///< the memory map names it
    [[nodiscard]] constexpr bool is_one_to_one() const { return range.begin.value() == system.value(); }
};

struct Division {
    FixedVector<Stretch, 8> stretches;  ///< in the order of their addresses
    Spa heap{};                         ///< here begins what is the machine's
    std::uint64_t low_end = 0;          ///< of the guest's RAM below 4 GiB
};

/// What there is, and what the guest is to have.
struct DivisionAsk {
    std::uint64_t memory_bytes = 0;    ///< that the guest has been promised
    std::uint64_t high_ram_bytes = 0;  ///< of the computer, at 4 GiB
    std::uint64_t top = 0;             ///< end of what may be used below 4 GiB
    std::uint64_t reserve = 0;         ///< bytes below `top` that the machine needs for its tables
    GpaRange far{};                    ///< RAM besides, at an address that no device reaches
    GpaRange firmware{};  ///< a firmware window, and no hole in the place of the machine; or empty
    GpaRange svsm{};      ///< with a firmware window: the SVSM's region, or empty
};

/// The parts that the machine's own memory gives to the guest, behind the low RAM: for the hole, for the window, and
/// for far memory. Each begins at 2 MiB, or as far behind as its address does, so that large pages stay possible.
struct Borrowed {
    Spa hole{}, window{}, far{}, end{};
    static constexpr Borrowed behind(std::uint64_t low, const DivisionAsk& ask) {
        using abi::adyton::machine_begin, abi::adyton::machine_end;
        const bool has_window = !ask.firmware.is_empty();
        Borrowed b{.hole = Spa{round_up(low, large_page_bytes)}};
        b.window = b.hole + (has_window ? machine_end - machine_begin : 0) +
                   ask.firmware.begin.value() % large_page_bytes;
        b.far = Spa{has_window ? round_up((b.window + ask.firmware.size()).value(), large_page_bytes)
                               : b.hole.value()};
        b.end = b.far + ask.far.size();
        return b;
    }
};

/// Firmware that knows one low range (OVMF 2025.02) cannot be told of RAM behind an SVSM at its end. Where the computer has
/// RAM at 4 GiB, little that would lie behind is put there instead; much of it is a hole that the image has asked for.
constexpr std::uint64_t low_end_for(const DivisionAsk& ask, std::uint64_t low) {
    constexpr std::uint64_t little = 256ull << 20;
    if (ask.firmware.is_empty() || ask.svsm.is_empty() || ask.svsm.end.value() >= four_gib) return low;
    const std::uint64_t end = round_up(ask.svsm.end.value(), large_page_bytes);
    if (end >= low || low - end > little || ask.memory_bytes - end > ask.high_ram_bytes) return low;
    return end;
}

/// The error is the number of bytes that the machine would need.
constexpr std::expected<Division, std::uint64_t> divide_memory(const DivisionAsk& ask) {
    using abi::adyton::machine_begin, abi::adyton::machine_end;
    // It takes as much behind any multiple of 2 MiB as from 0 on.
    const std::uint64_t reserve = ask.reserve + Borrowed::behind(0, ask).end.value();
    if (ask.top < reserve + machine_end) return std::unexpected{reserve};
    Division division;
    const std::uint64_t low =
        low_end_for(ask, std::min(ask.memory_bytes, round_down(ask.top - reserve, large_page_bytes)));
    const std::uint64_t high = ask.memory_bytes - low;
    if (high > ask.high_ram_bytes) return std::unexpected{ask.memory_bytes};
    const Borrowed borrowed = Borrowed::behind(low, ask);
    const auto add = [&](std::uint64_t begin, std::uint64_t end, Spa system, bool is_dma, bool is_told) {
        (void)division.stretches.push_back({{Gpa{begin}, Gpa{end}}, system, is_dma, is_told});  // eight fit
    };
    const auto add_plain = [&](std::uint64_t begin, std::uint64_t end) {
        add(begin, end, Spa{begin}, true, true);
    };
    add_plain(0, legacy_hole_begin);
    add_plain(abi::pc::rom_begin, machine_begin);
    if (!ask.firmware.is_empty()) add(machine_begin, machine_end, borrowed.hole, true, true);
    add_plain(machine_end, low);
    if (!ask.firmware.is_empty())
        add(ask.firmware.begin.value(), ask.firmware.end.value(), borrowed.window, false, false);
    if (high != 0) add_plain(four_gib, four_gib + high);
    if (!ask.far.is_empty()) add(ask.far.begin.value(), ask.far.end.value(), borrowed.far, false, true);
    division.heap = borrowed.end;
    division.low_end = low;
    return division;
}

/// Behind the last system page of the guest.
constexpr Spa system_end(const Division& division) {
    Spa end{0};
    for (const Stretch& each : division.stretches) end = std::max(end, each.system + each.range.size());
    return end;
}

}  // namespace snpemu
