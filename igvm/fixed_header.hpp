// SPDX-License-Identifier: MIT
// The header at the start of a file, in both versions of the format, and its checksum.
#pragma once
#include <cstdint>
#include <expected>

#include "abi/igvm/format.hpp"
#include "base/bytes.hpp"
#include "igvm/error.hpp"

namespace igvm {

/// The fixed header of `file`, with a checksum that fits, and with headers that lie behind it and inside the file. The
/// fault's place is that of the number in it. TooShort, BadMagic, BadVersion, SizeMismatch, BadHeaderOffset and
/// BadChecksum are its errors.
[[nodiscard]] std::expected<abi::igvm::FixedHeader, Fault> read_fixed_header(Bytes file);

/// What version 2 has behind the header of version 1; empty for version 1, and where `file` is too short for it.
[[nodiscard]] Bytes tail_of(const abi::igvm::FixedHeader& fixed, Bytes file);

/// The checksum of a file with these headers, whatever `fixed` says of it.
[[nodiscard]] std::uint32_t checksum_of(abi::igvm::FixedHeader fixed, Bytes tail, Bytes headers);

}  // namespace igvm
