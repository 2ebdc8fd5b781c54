// SPDX-License-Identifier: MIT
// The checksum of an IGVM file's headers.
#pragma once
#include <cstdint>

#include "base/bytes.hpp"

namespace igvm {

/// CRC-32 (IEEE 802.3) as the fixed header wants it; `previous` is the result for the bytes before.
[[nodiscard]] std::uint32_t crc32(Bytes bytes, std::uint32_t previous = 0);

}  // namespace igvm
