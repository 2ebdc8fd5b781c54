// SPDX-License-Identifier: MIT
// Headers as they stand in a file that is being written; the writer and the editor of images share it.
#pragma once
#include <vector>

#include "abi/igvm/format.hpp"
#include "base/bytes.hpp"

namespace igvm {

inline void append(std::vector<std::byte>& to, Bytes from) { to.insert(to.end(), from.begin(), from.end()); }

/// Appends one variable header with its payload, padded to the alignment of the next one (8 bytes).
void append_header(std::vector<std::byte>& to, abi::igvm::Type type, Bytes payload);

}  // namespace igvm
