// SPDX-License-Identifier: MIT
// Changes a finished file, whoever wrote it. Hosted programs only.
#pragma once
#include <expected>
#include <vector>

#include "igvm/error.hpp"
#include "igvm/headers.hpp"

namespace igvm {

/// The file with `block` as its ID block for SEV-SNP, in place of one that it has. Everything else stays: other headers
/// in their order, and the file data, which moves by whole pages when the headers need more room. UnknownType for a
/// header that may name a place in the file without telling us; NoSnpPlatform; FileTooLarge.
[[nodiscard]] std::expected<std::vector<std::byte>, Fault> with_id_block(const Headers& file,
                                                                         abi::igvm::SnpIdBlock block);

}  // namespace igvm
