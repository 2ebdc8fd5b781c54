// SPDX-License-Identifier: MIT
// The script by which QEMU tells firmware how to link ACPI tables: where each file goes, which words in it are addresses,
// and which bytes are sums. [QEMU "hw/acpi/bios-linker-loader.c"]
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace abi::qemu {

/// A file of the firmware configuration, with NULs behind its name.
using FileName = std::array<char, 56>;

enum class LoaderCommand : std::uint32_t { Allocate = 1, AddPointer = 2, AddChecksum = 3 };
/// Where the firmware looks for memory.
enum class LoaderZone : std::uint8_t { High = 1, SegmentF = 2 };

struct [[gnu::packed]] AllocateFile {
    LoaderCommand command = LoaderCommand::Allocate;
    FileName file{};
    std::uint32_t alignment = 0;
    LoaderZone zone = LoaderZone::High;
    std::uint8_t reserved[63]{};
};
/// The word at `offset` of `file` holds an offset in `pointee`; the firmware adds that file's address.
struct [[gnu::packed]] AddPointer {
    LoaderCommand command = LoaderCommand::AddPointer;
    FileName file{}, pointee{};
    std::uint32_t offset = 0;
    std::uint8_t bytes = 0;
    std::uint8_t reserved[7]{};
};
/// The byte at `result`, which is 0, becomes what makes the sum from `start` on 0.
struct [[gnu::packed]] AddChecksum {
    LoaderCommand command = LoaderCommand::AddChecksum;
    FileName file{};
    std::uint32_t result = 0, start = 0, bytes = 0;
    std::uint8_t reserved[56]{};
};
static_assert(sizeof(AllocateFile) == 128 && sizeof(AddPointer) == 128 && sizeof(AddChecksum) == 128);
static_assert(offsetof(AllocateFile, zone) == 64 && offsetof(AddPointer, offset) == 116 &&
              offsetof(AddChecksum, start) == 64);

}  // namespace abi::qemu
