// SPDX-License-Identifier: MIT
// Why a file is not one that this library reads or writes: one value per reason.
#pragma once
#include <cstdint>
#include <string_view>

namespace igvm {

enum class Error : std::uint8_t {
    TooShort,
    BadMagic,
    BadVersion,
    BadArchitecture,
    BadHeaderOffset,
    SizeMismatch,
    BadChecksum,
    TruncatedHeader,
    UnknownType,
    UnsupportedType,
    BadOrder,
    BadLength,
    BadFileOffset,
    UnalignedGpa,
    NoSnpPlatform,
    BadPlatform,
    UnknownPageType,
    BadPageFlags,
    BadVmsaGpa,
    MissingVpContext,
    ManyVpContexts,
    BadAreaSize,
    AreaContents,
    AreaTwice,
    ManyAreas,
    NoArea,
    OutsideArea,
    FileTooLarge,
    RequiredTooLarge,
    NotOnePage,
};
/// What is wrong with a file, and where.
struct Fault {
    Error error;
    std::uint64_t
        offset;  ///< of the header in question, or of the number in the fixed header, from the file's start
    std::uint32_t type;  ///< of that header; 0 in the fixed header and where a whole header is missing
};
/// A sentence for people, without a full stop.
[[nodiscard]] std::string_view describe(Error error);

}  // namespace igvm
