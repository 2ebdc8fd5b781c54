// SPDX-License-Identifier: MIT
// What the image builder tells the SVSM: one measured page, its address in RDI at the first instruction.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "abi/ovmf/metadata.hpp"

namespace abi::adyton {

inline constexpr std::uint64_t boot_block_magic = 0x314b'4342'5359'4441;  // "ADYSBCK1"
inline constexpr std::uint32_t boot_block_version = 5;

/// Virtual address at which the SVSM region's first byte is mapped; the whole region is mapped linearly.
inline constexpr std::uint64_t svsm_link_base = 0xffff'ffff'8000'0000;
/// The SVSM's own mappings follow behind.
inline constexpr std::uint64_t svsm_max_bytes = 512ull << 20;
inline constexpr std::uint64_t svsm_default_base = 128ull << 20;
inline constexpr std::uint64_t svsm_default_bytes = 8ull << 20;

/// The 2 MiB in which the SVSM builds what its guest finds at its start (see guest_info.hpp).
inline constexpr std::uint64_t guest_boot_region = 8ull << 20;
inline constexpr std::uint64_t guest_boot_region_bytes = 2ull << 20;
/// Where an ELF guest may be linked.
inline constexpr std::uint64_t guest_image_begin = 16ull << 20;
inline constexpr std::uint64_t guest_image_end = 112ull << 20;

/// What the host may do with pages that the guest owns.
enum class PageMoves : std::uint64_t {
    Allowed =
        0,  ///< the host may have the AMD-SP move and swap them: a copy of a page may stay in another
    Forbidden = 1,  ///< by PAGE_SWAP_DISABLE in the image's policy
};

/// Whether the SVSM asks the AMD-SP about its own launch before it takes memory for a guest.
enum class OwnReport : std::uint64_t { Unchecked = 0, Checked = 1 };

/// Least security versions of the chip's firmware; 0 asks for nothing. Only chips since Turin have an FMC.
struct TcbFloor {
    std::uint8_t fmc, bootloader, tee, snp, microcode, reserved[3];
};

/// What the guest expects to find at its start.
enum class GuestKind : std::uint32_t {
    Elf = 0,    ///< docs/guest-abi.md
    Linux = 1,  ///< the 64-bit boot protocol
    Firmware = 2,  ///< OVMF: the reset vector, and what its metadata ask for
};

struct GuestSegment {
    std::uint64_t gpa, bytes;  ///< whole pages, loaded (validated, measured) at launch
};

struct BootBlock {
    std::uint64_t magic;
    std::uint32_t version, c_bit;            ///< C-bit position used in the initial page tables
    std::uint64_t region_gpa, region_bytes;  ///< all memory of the SVSM
    std::uint64_t image_end_gpa;             ///< first page that was not loaded at launch
    std::uint64_t page_table_gpa;            ///< initial root
    std::uint64_t cpuid_gpa, secrets_gpa, memory_map_gpa, general_gpa;
    std::uint32_t guest_vmpl, guest_segment_count;
    std::uint64_t guest_entry;
    std::array<GuestSegment, 16> guest_segments;
    std::array<char, 64> guest_name;  ///< NUL-terminated, for the log
    GuestKind guest_kind;
    std::uint32_t acpi_bytes;  ///< whole pages in one of the segments; 0: none
    std::uint64_t acpi_gpa;    ///< tables for the guest, the RSDP first
    std::uint64_t
        boot_params_gpa;  ///< Linux: a page in one of the segments, where only the memory map is missing
    PageMoves page_moves;
    OwnReport own_report;
    std::uint64_t policy;  ///< `GuestPolicy`: the launch may give the host no more
    TcbFloor tcb_floor;
    std::uint64_t firmware_gpa, firmware_bytes;  ///< Firmware: the file, which ends at 4 GiB
    std::uint32_t firmware_section_count, reserved;
    std::array<abi::ovmf::SevSection, 16> firmware_sections;  ///< loaded at launch as pages of zeros
};
static_assert(sizeof(BootBlock) <= 4096 && offsetof(BootBlock, guest_segments) == 0x60);

/// Layout of the "general" parameter page.
struct GeneralParameters {
    std::uint32_t vp_count, environment;
};

}  // namespace abi::adyton
