// SPDX-License-Identifier: MIT
#include "svsm/cpu/backtrace.hpp"

#include "base/fixed_vector.hpp"
#include "svsm/log.hpp"

extern "C" const std::byte start, text_end, boot_stack_top;

namespace svsm::cpu {
namespace {

constexpr std::uint64_t stack_bytes = 4 * page_bytes;
constexpr std::size_t most_places = 12, places_per_line = 6;

std::uint64_t address_of(const std::byte& symbol) { return reinterpret_cast<std::uint64_t>(&symbol); }

/// The boot CPU keeps the stack of the image, although its area has one too.
std::uint64_t top_of_stack(const Cpu& cpu) {
    return cpu.index == 0 ? address_of(boot_stack_top) : cpu.stack_top.value();
}

bool is_return_address(std::uint64_t value) {
    constexpr std::size_t longest_call = 5;
    if (value < address_of(start) + longest_call || value > address_of(text_end)) return false;
    return ends_with_call(std::span<const std::uint8_t, longest_call>{
        reinterpret_cast<const std::uint8_t*>(value - longest_call), longest_call});
}

}  // namespace

void log_backtrace(const Cpu& cpu, std::uint64_t rsp) {
    const std::uint64_t top = top_of_stack(cpu);
    // After an overflow RSP is outside the stack, and a load there could fault.
    if (rsp % sizeof rsp != 0 || rsp > top || top - rsp > stack_bytes) return;
    FixedVector<std::uint64_t, most_places> places;
    for (std::uint64_t at = rsp; at < top; at += sizeof at) {
        const auto value = *reinterpret_cast<const std::uint64_t*>(at);
        if (is_return_address(value) && !places.push_back(value)) break;
    }
    for (std::size_t i = 0; i < places.size(); i += places_per_line) {
        std::array<std::uint64_t, places_per_line> line{};
        for (std::size_t k = 0; k < line.size() && i + k < places.size(); ++k)
            line[k] = places.begin()[i + k];
        // Unused places of the line are zero, which is no return address.
        log("svsm: called from 0x{:x} 0x{:x} 0x{:x} 0x{:x} 0x{:x} 0x{:x}", line[0], line[1], line[2], line[3],
            line[4], line[5]);
    }
}

}  // namespace svsm::cpu
