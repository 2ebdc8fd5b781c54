// SPDX-License-Identifier: MIT
// Setting the area up, and the records that need more than a line.
#include "snpemu/trace/trace.hpp"

#include <algorithm>
#include <cstring>

#include "snpemu/cpu/apic.hpp"
#include "snpemu/host/stop.hpp"
#include "snpemu/mm/heap.hpp"

namespace snpemu::trace {
namespace {

using namespace abi::adyton::trace;

constexpr std::uint32_t calibration_ns = 2'000'000;
constexpr std::uint64_t ns_per_second = 1'000'000'000;

std::uint64_t ticks_per_second(const Machine& machine) {
    if (machine.counts_instructions) return ns_per_second;  // -icount shift=0: one tick is one nanosecond
    const std::uint64_t begin = cpu::timestamp();
    const std::uint64_t waited = apic::spin(calibration_ns);
    return (cpu::timestamp() - begin) * ns_per_second / waited;
}

}  // namespace

void append(Vcpu& vcpu, std::uint64_t time, Kind kind, const Fields& f) {
    vcpu.ring.append({time, kind, static_cast<std::uint8_t>(vcpu.current), f.detail, f.value, f.a, f.b, f.c});
}

void note_text(Vcpu& vcpu, std::uint16_t port, std::span<const std::uint8_t> bytes, std::size_t stride) {
    if (!vcpu.ring.is_on()) return;
    const std::uint64_t now = cpu::timestamp();
    while (!bytes.empty()) {
        std::array<std::uint8_t, text_bytes> chunk{};
        std::uint16_t count = 0;
        for (; count < chunk.size() && !bytes.empty(); bytes = bytes.subspan(std::min(stride, bytes.size())))
            chunk[count++] = bytes[0];
        std::array<std::uint64_t, 3> words;
        std::memcpy(words.data(), chunk.data(), sizeof words);
        append(vcpu, now, Kind::Text, {count, port, words[0], words[1], words[2]});
    }
}

void note_call_begin(Vcpu& vcpu) {
    const abi::Vmsa& caller = *vcpu.slot().vmsa.page;
    note(vcpu, Kind::CallBegin, {.a = caller.rax, .b = caller.rcx, .c = caller.rdx});
}

void note_call_end(Vcpu& vcpu, const abi::Vmsa& caller) {
    note(vcpu, Kind::CallEnd, {.a = vcpu.call_id, .b = caller.rax, .c = vcpu.call_ticks});
}

void start(Machine& machine, std::uint64_t bytes) {
    if (bytes < least_area_bytes || bytes > most_area_bytes) stop_internal("bad-size-of-the-trace");
    auto* const area = static_cast<std::byte*>(heap::reserve_pages(bytes / page_bytes));
    const std::uint64_t cpus = machine.cpu_count;
    for (unsigned i = 0; i < cpus; ++i) {
        auto& header = *new (area + ring_offset(bytes, cpus, i)) RingHeader{};
        machine.vcpus[i]->ring = Ring{header, ring_capacity(bytes, cpus)};
    }
    new (area) Header{magic,
                       version,
                       sizeof(Record),
                       machine.cpu_count,
                       ticks_per_second(machine),
                       machine.counts_instructions ? HeaderFlag::ticks_are_instructions : 0,
                       0};
    char text[80];
    write_line(base::format_to(std::span{text}, "@ trace 0x{:x} 0x{:x}",
                               reinterpret_cast<std::uint64_t>(area), bytes));
}

}  // namespace snpemu::trace
