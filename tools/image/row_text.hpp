// SPDX-License-Identifier: MIT
// What a row of `image inspect` says of one header.
#pragma once
#include "igvm/reader.hpp"
#include "tools/image/listing.hpp"

namespace tools::image {

/// Fills in label, range and details of `row`, of which item and use are set. A header that is skipped or unknown stays
/// as it is: its content need not be what its type says.
void describe(Row& row, const igvm::Headers& headers);

}  // namespace tools::image
