// SPDX-License-Identifier: MIT
#include "tools/qemu/memory.hpp"

#include "base/address.hpp"
#include "tools/qemu/arguments.hpp"
#include "tools/qemu/option.hpp"

namespace tools::qemu {
namespace {

std::uint64_t memory_with(const Spec& spec, const SnpMachine& machine) {
    // What we add holds the machine's own code, its table of pages, the stacks of its CPUs and the image.
    constexpr std::uint64_t vcpu_bytes = 64ull << 10;
    const std::uint64_t own = 32 * mebibyte + round_up(spec.memory / 32, mebibyte) +
                              round_up(machine.image.size(), mebibyte) +
                              round_down(spec.cpus * vcpu_bytes, mebibyte);
    // A window for firmware, and the machine's own place, which such a guest has as RAM (docs/adr/0072); both from 2 MiB on.
    constexpr std::uint64_t place_bytes = 2 * mebibyte, lost_bytes = 4 * mebibyte;
    const std::uint64_t window =
        machine.firmware && machine.firmware->begin.value() >= 3ull << 30
            ? round_up(machine.firmware->size(), mebibyte) + place_bytes + lost_bytes
            : 0;
    // Low RAM of such a guest ends with its SVSM; what would lie behind it is at 4 GiB (tools/payload/firmware_region.hpp).
    constexpr std::uint64_t two_gib = 2ull << 30, moved_bytes = 128 * mebibyte;
    const std::uint64_t moved = window != 0 && spec.memory > two_gib ? moved_bytes : 0;
    const std::uint64_t far = machine.far_memory ? machine.far_memory->size() : 0;
    return spec.memory + far + window + moved + round_up(far / 32, mebibyte) + own + machine.trace_bytes;
}

}  // namespace

std::uint64_t memory_bytes(const Spec& spec) {
    const auto* const machine = std::get_if<SnpMachine>(&spec.boots);
    return machine == nullptr ? spec.memory : memory_with(spec, *machine);
}

std::string memory_backend(const SnpMachine& machine, std::uint64_t bytes) {
    // A file of ours, so that what the machine recorded outlives QEMU whatever becomes of it (docs/adr/0021).
    if (machine.trace_bytes != 0)
        return formatted("memory-backend-file,id=memory,share=on,mem-path=/dev/fd/{},size={}M", Fds::memory,
                         bytes / mebibyte);
    // Not reserved: a guest with more memory than the computer has is fine, as long as it does not touch
    // all of it.
    return formatted("memory-backend-ram,id=memory,reserve=off,size={}M", bytes / mebibyte);
}

}  // namespace tools::qemu
