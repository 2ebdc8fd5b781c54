// SPDX-License-Identifier: MIT
// Sets the area up, and writes the records that need more than a line.
#include "snpemu/trace/trace.hpp"

#include <algorithm>
#include <cstring>

#include "snpemu/cpu/apic.hpp"
#include "snpemu/log/log.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/mm/heap.hpp"

namespace snpemu::trace {
namespace {

using namespace abi::adyton::trace;

constexpr std::uint32_t calibration_ns = 2'000'000;
constexpr std::uint64_t ns_per_second = 1'000'000'000;

std::uint64_t ticks_per_second(bool ticks_are_instructions) {
    if (ticks_are_instructions) return ns_per_second;  // -icount shift=0: one tick is one nanosecond
    const std::uint64_t begin = cpu::timestamp();
    const std::uint64_t waited = apic::spin(calibration_ns);
    return (cpu::timestamp() - begin) * ns_per_second / waited;
}

}  // namespace

void append(Recorded& who, std::uint64_t time, Kind kind, const Fields& f) {
    who.ring.append({time, kind, static_cast<std::uint8_t>(who.current), f.detail, f.value, f.a, f.b, f.c});
}

void note_text(Recorded& who, std::uint16_t port, std::span<const std::uint8_t> bytes, std::size_t stride) {
    if (!who.ring.is_on()) return;
    const std::uint64_t now = cpu::timestamp();
    while (!bytes.empty()) {
        std::array<std::uint8_t, text_bytes> chunk{};
        std::uint16_t count = 0;
        for (; count < chunk.size() && !bytes.empty(); bytes = bytes.subspan(std::min(stride, bytes.size())))
            chunk[count++] = bytes[0];
        std::array<std::uint64_t, 3> words;
        std::memcpy(words.data(), chunk.data(), sizeof words);
        append(who, now, Kind::Text, {count, port, words[0], words[1], words[2]});
    }
}

std::byte* start(const Scope& scope) {
    if (scope.bytes < least_area_bytes || scope.bytes > most_area_bytes)
        stop_internal("bad-size-of-the-trace");
    auto* const area = static_cast<std::byte*>(heap::reserve_pages(scope.bytes / page_bytes));
    new (area) Header{magic,
                      version,
                      sizeof(Record),
                      scope.cpu_count,
                      ticks_per_second(scope.ticks_are_instructions),
                      scope.ticks_are_instructions ? HeaderFlag::ticks_are_instructions : 0,
                      0};
    print("@ trace 0x{:x} 0x{:x}", reinterpret_cast<std::uint64_t>(area), scope.bytes);
    return area;
}

Ring make_ring(const Scope& scope, std::byte* area, unsigned number) {
    auto& header = *new (area + ring_offset(scope.bytes, scope.cpu_count, number)) RingHeader{};
    return {header, ring_capacity(scope.bytes, scope.cpu_count)};
}

}  // namespace snpemu::trace
