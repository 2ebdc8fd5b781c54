// SPDX-License-Identifier: MIT
// An image that holds no SVSM of ours: what it asks of the machine, before the machine says what it lacks.
#pragma once
#include <optional>
#include <string>

#include "igvm/reader.hpp"

namespace tools::payload {

/// The bit above all memory in the root of its page tables: the C-bit that the image was built for, 47 to 51. Empty
/// when it starts without paging, or says no such bit.
[[nodiscard]] std::optional<unsigned> c_bit_of(const igvm::File& file);

/// SEV_FEATURES of the VMSA that an image of any builder starts with; 0 without one.
[[nodiscard]] std::uint64_t launch_features_of(const igvm::File& file);

/// What it asks for, in lines of 80 columns: SEV_FEATURES by name, C-bit, first instruction, memory, parameters.
[[nodiscard]] std::string describe_foreign(const igvm::File& file, const std::string& name);

}  // namespace tools::payload
