// SPDX-License-Identifier: MIT
// The file in which an image for a confidential VM travels. [IGVM "igvm_defs"]
#pragma once
#include <cstddef>
#include <cstdint>

namespace abi::igvm {

inline constexpr std::uint32_t magic = 0x4d56'4749;  // "IGVM"
inline constexpr std::uint32_t format_version_1 = 1, format_version_2 = 2;

/// Fixed header, version 1. `checksum`: CRC-32 of this header (checksum 0), of what version 2 has behind it, and of
/// the variable headers.
struct FixedHeader {
    std::uint32_t magic, format_version, variable_header_offset, variable_header_size, total_file_size,
        checksum;
};
static_assert(sizeof(FixedHeader) == 0x18);

/// Version 2 goes on behind it: a file that is also for a platform without isolation has to say its architecture.
struct FixedHeaderTail {
    std::uint32_t architecture, page_bytes;
};
static_assert(sizeof(FixedHeaderTail) == 8);
enum class Architecture : std::uint32_t { X64 = 0, Aarch64 = 1 };

/// Before every variable header; `length` counts the payload only, the next one starts 8-aligned.
struct VariableHeader {
    std::uint32_t type, length;
};

enum class Type : std::uint32_t {
    SupportedPlatform = 0x001,
    GuestPolicy = 0x101,
    RelocatableRegion = 0x102,
    PageTableRelocationRegion = 0x103,
    CorimDocument = 0x104,
    CorimSignature = 0x105,
    ParameterArea = 0x301,
    PageData = 0x302,
    ParameterInsert = 0x303,
    VpContext = 0x304,
    RequiredMemory = 0x305,
    VpCountParameter = 0x307,
    Srat = 0x308,
    Madt = 0x309,
    MmioRanges = 0x30a,
    SnpIdBlock = 0x30b,
    MemoryMap = 0x30c,
    ErrorRange = 0x30d,
    CommandLine = 0x30e,
    Slit = 0x30f,
    Pptt = 0x310,
    VbsMeasurement = 0x311,
    DeviceTree = 0x312,
    EnvironmentInfo = 0x313,
    NativeVpContext = 0x314,
};
/// Types with this bit may be skipped by a loader that does not know them.
inline constexpr std::uint32_t optional_type_bit = 1u << 31;

enum class PlatformType : std::uint8_t {
    Native = 0,
    VsmIsolation = 1,
    SevSnp = 2,
    Tdx = 3,
    Sev = 4,
    SevEs = 5,
    Cca = 6
};

struct SupportedPlatform {
    std::uint32_t compatibility_mask;
    std::uint8_t highest_vtl, platform_type;
    std::uint16_t platform_version;
    std::uint64_t shared_gpa_boundary;
};
static_assert(sizeof(SupportedPlatform) == 16);

struct GuestPolicy {
    std::uint64_t policy;
    std::uint32_t compatibility_mask, reserved;
};
static_assert(sizeof(GuestPolicy) == 16);

struct ParameterArea {
    std::uint64_t bytes;
    std::uint32_t index, file_offset;
};
static_assert(sizeof(ParameterArea) == 16);

enum class PageDataType : std::uint16_t { Normal = 0, Secrets = 1, CpuidData = 2, CpuidXf = 3 };
struct PageDataFlags {
    static constexpr std::uint32_t is_2m = 1, unmeasured = 2, shared = 4;
};
struct PageData {
    std::uint64_t gpa;
    std::uint32_t compatibility_mask, file_offset, flags;  ///< file_offset 0: a page of zeros
    std::uint16_t data_type, reserved;
};
static_assert(sizeof(PageData) == 24 && offsetof(PageData, data_type) == 20);

struct ParameterInsert {
    std::uint64_t gpa;
    std::uint32_t compatibility_mask, area_index;
};
static_assert(sizeof(ParameterInsert) == 16);

/// SNP: `file_offset` names a 4096-byte VMSA and `gpa` is `launch_vmsa_gpa`. Payload length is 20,
/// without the tail.
struct VpContext {
    std::uint64_t gpa;
    std::uint32_t compatibility_mask, file_offset;
    std::uint16_t vp_index, reserved;
    std::uint32_t not_in_file;
};
inline constexpr std::uint32_t vp_context_bytes = 20;

struct RequiredMemory {
    std::uint64_t gpa;
    std::uint32_t compatibility_mask, bytes, flags, reserved;
};
static_assert(sizeof(RequiredMemory) == 24);

/// The numbers of the signature and of the key in an ID block, each 72 bytes, least significant byte first.
struct IdBlockSignature {
    std::uint8_t r[72], s[72];
};
struct IdBlockPublicKey {
    std::uint32_t curve, reserved;  ///< the AMD-SP's own structure has no reserved word here
    std::uint8_t qx[72], qy[72];
};
/// Tells the AMD-SP at LAUNCH_FINISH which digest and which owner to expect. The policy is that of the file's
/// GuestPolicy. [IGVM "IGVM_VHS_SNP_ID_BLOCK"] [SNP-ABI "ID Block Structure"]
struct SnpIdBlock {
    std::uint32_t compatibility_mask;
    std::uint8_t author_key_enabled, reserved[3];
    std::uint8_t ld[48], family_id[16], image_id[16];
    std::uint32_t version, guest_svn, id_key_algorithm, author_key_algorithm;
    IdBlockSignature id_key_signature;
    IdBlockPublicKey id_public_key;
    IdBlockSignature author_key_signature;
    IdBlockPublicKey author_public_key;
};
static_assert(sizeof(SnpIdBlock) == 0x2b8 && offsetof(SnpIdBlock, id_key_signature) == 0x68 &&
              offsetof(SnpIdBlock, id_public_key) == 0xf8 &&
              offsetof(SnpIdBlock, author_key_signature) == 0x190);

/// Where a loader writes something into a parameter area.
struct Parameter {
    std::uint32_t area_index, byte_offset;
};

enum class MemoryType : std::uint16_t { Memory = 0, PlatformReserved = 1, Persistent = 2 };
/// One entry of the memory map parameter; the list ends with `pages` 0.
struct MemoryMapEntry {
    std::uint64_t start_page, pages;
    std::uint16_t type, flags;
    std::uint32_t reserved;
};
static_assert(sizeof(MemoryMapEntry) == 24);

/// Bits of the environment parameter.
struct Environment {
    static constexpr std::uint32_t memory_is_shared = 1;
};

}  // namespace abi::igvm
