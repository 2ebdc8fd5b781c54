// SPDX-License-Identifier: MIT
// The page in which a boot loader tells Linux what it loaded, and the header of a kernel file that begins in
// the middle of it. [Linux "Documentation/arch/x86/boot.rst", "zero-page.rst"]
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace abi::linux_boot {

/// Identical in a kernel file and in the boot parameters, at the same offset of both.
struct [[gnu::packed]] SetupHeader {
    std::uint8_t setup_sectors;  ///< of 512 bytes before the protected-mode part, its first one not counted
    std::uint16_t root_flags;
    std::uint32_t protected_mode_paragraphs;  ///< 16 bytes each
    std::uint16_t ram_size, video_mode, root_device, boot_flag;
    std::uint8_t jump, header_end;  ///< the header ends this many bytes after the field
    std::uint32_t magic;
    std::uint16_t version;  ///< of the boot protocol, 0x020f is 2.15
    std::uint32_t realmode_switch;
    std::uint16_t start_system, kernel_version;  ///< file offset of a text, 0x200 less
    std::uint8_t loader_type, load_flags;
    std::uint16_t setup_move_size;
    std::uint32_t code32_start, ramdisk_image, ramdisk_bytes, bootsect_kludge;
    std::uint16_t heap_end;
    std::uint8_t extended_loader_version, extended_loader_type;
    std::uint32_t command_line, ramdisk_max, kernel_alignment;
    std::uint8_t relocatable, min_alignment;
    std::uint16_t extended_load_flags;
    std::uint32_t command_line_max, hardware_subarch;
    std::uint64_t hardware_subarch_data;
    std::uint32_t payload_offset, payload_bytes;
    std::uint64_t setup_data;         ///< physical address of the first SetupData
    std::uint64_t preferred_address;  ///< where the protected-mode part wants to lie
    std::uint32_t init_bytes;         ///< memory that the kernel needs from there until it has read the map
    std::uint32_t handover_offset, kernel_info_offset;
};
inline constexpr std::size_t setup_header_offset = 0x1f1, setup_header_end_base = 0x202;
static_assert(sizeof(SetupHeader) == 0x26c - setup_header_offset);
static_assert(offsetof(SetupHeader, magic) == 0x202 - setup_header_offset);
static_assert(offsetof(SetupHeader, command_line) == 0x228 - setup_header_offset);
static_assert(offsetof(SetupHeader, setup_data) == 0x250 - setup_header_offset);
static_assert(offsetof(SetupHeader, init_bytes) == 0x260 - setup_header_offset);

inline constexpr std::uint16_t boot_flag = 0xaa55;
inline constexpr std::uint32_t setup_magic = 0x5372'6448;  // "HdrS"
/// Protocol 2.12: the first that says whether there is a 64-bit entry.
inline constexpr std::uint16_t least_version = 0x020c;
struct LoadFlags {
    static constexpr std::uint8_t loaded_high = 1;
};
struct ExtendedLoadFlags {
    static constexpr std::uint16_t kernel_64 = 1;
};
/// Loaders without a number of their own. Zero would make the kernel forget its initrd.
inline constexpr std::uint8_t undefined_loader = 0xff;
/// The 64-bit entry, counted from where the protected-mode part was loaded.
inline constexpr std::uint64_t entry_64_offset = 0x200;

enum class E820Type : std::uint32_t { Ram = 1, Reserved = 2, Acpi = 3 };
struct [[gnu::packed]] E820Entry {
    std::uint64_t address, bytes;
    E820Type type;
};
static_assert(sizeof(E820Entry) == 20);

struct [[gnu::packed]] BootParams {
    std::uint8_t reserved_000[0x70];  ///< screen_info: all zero means "no screen"
    std::uint64_t acpi_rsdp;          ///< 0: the kernel looks for it in the ROM area
    std::uint8_t reserved_078[0x170];
    std::uint8_t e820_count;
    std::uint8_t reserved_1e9[6];
    std::uint8_t sentinel;  ///< not zero: the kernel believes that a loader forgot to clear the page
    std::uint8_t reserved_1f0;
    SetupHeader header;
    std::uint8_t reserved_26c[0x64];
    std::array<E820Entry, 128> e820;
    std::uint8_t reserved_cd0[0x330];
};
static_assert(sizeof(BootParams) == 4096 && offsetof(BootParams, header) == setup_header_offset);
static_assert(offsetof(BootParams, acpi_rsdp) == 0x70 && offsetof(BootParams, e820_count) == 0x1e8);
static_assert(offsetof(BootParams, sentinel) == 0x1ef && offsetof(BootParams, e820) == 0x2d0);

/// An entry of the linked list that begins at SetupHeader::setup_data, with the one kind of content we need.
struct [[gnu::packed]] CcSetupData {
    std::uint64_t next;
    std::uint32_t type, bytes;
    std::uint32_t cc_blob;  ///< physical address of a CcBlob, below 4 GiB
};
static_assert(sizeof(CcSetupData) == 20 && offsetof(CcSetupData, cc_blob) == 16);
inline constexpr std::uint32_t setup_cc_blob = 7;

/// Tells an SNP guest where its secrets and CPUID pages are. [Linux "arch/x86/include/asm/sev.h"]
struct CcBlob {
    std::uint32_t magic;
    std::uint16_t version, reserved_6;
    std::uint64_t secrets;
    std::uint32_t secrets_bytes, reserved_14;
    std::uint64_t cpuid;
    std::uint32_t cpuid_bytes, reserved_24;
};
static_assert(sizeof(CcBlob) == 0x28 && offsetof(CcBlob, cpuid) == 0x18);
inline constexpr std::uint32_t cc_blob_magic = 0x4544'4d41;  // "AMDE"
inline constexpr std::uint16_t cc_blob_version = 1;

}  // namespace abi::linux_boot
