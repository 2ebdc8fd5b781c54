// SPDX-License-Identifier: MIT
// Why a file is no firmware that a loader of SEV-SNP guests can place: one value per reason.
#pragma once
#include <cstdint>
#include <string_view>

namespace ovmf {

enum class Error : std::uint8_t {
    BadFileSize,
    NoTable,
    BadTableLength,
    BadBlockLength,
    BlockTwice,
    ShortBlock,
    NoMetadata,
    MetadataOutside,
    BadMagic,
    BadVersion,
    BadMetadataLength,
    ManySections,
    UnknownSection,
    UnalignedSection,
    SectionTooHigh,
    SectionInWindow,
    SectionsOverlap,
    NoSecrets,
    ManySecrets,
    NoCpuid,
    ManyCpuids,
    NotOnePage,
    NoCallingArea,
    ManyCallingAreas,
};
/// A sentence for people, without a full stop.
[[nodiscard]] std::string_view describe(Error error);

/// What is wrong with a file, and where.
struct Fault {
    Error error;
    std::uint64_t offset;  ///< from the file's start
};

}  // namespace ovmf
