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
    BadHeaderOffset,
    SizeMismatch,
    BadChecksum,
    TruncatedHeader,
    UnknownType,
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
    AreaTwice,
    ManyAreas,
    NoArea,
    OutsideArea,
    FileTooLarge,
    RequiredTooLarge,
    NotOnePage,
};
/// A sentence for people, without a full stop.
[[nodiscard]] std::string_view describe(Error error);

}  // namespace igvm
