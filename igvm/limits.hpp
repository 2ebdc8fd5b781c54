// SPDX-License-Identifier: MIT
// How much a file may hold. The writer, the reader and a loader take their numbers from here, so that what
// one of them accepts the next one can keep. The format itself has none of them but the last two.
#pragma once
#include <cstdint>

#include "base/address.hpp"

namespace igvm {

/// Parameter areas that one file may declare, dead or alive.
inline constexpr std::size_t max_parameter_areas = 16;
/// Bytes of all its parameter areas together: what a loader must buffer until they are inserted.
inline constexpr std::uint64_t max_parameter_bytes = 16 * page_bytes;

/// Every offset and length of the file is a 32-bit field. [IGVM "IGVM_FIXED_HEADER"]
inline constexpr std::uint64_t max_file_bytes = 0xffff'ffff;
/// The range of one RequiredMemory directive too. [IGVM "IGVM_VHS_REQUIRED_MEMORY"]
inline constexpr std::uint64_t max_required_bytes = 0xffff'ffff;

}  // namespace igvm
