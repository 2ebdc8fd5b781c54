// SPDX-License-Identifier: MIT
// The table of certificates that a host hands out beside a report. Whatever it says is the host's word.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/guid.hpp"
#include "tools/support/problem.hpp"

namespace tools::attestation {

struct TableEntry {
    Guid guid;
    Bytes data;
};

/// True when the bytes begin as such a table does: with the GUID of a certificate, or with none at all.
[[nodiscard]] bool looks_like_table(Bytes bytes);

/// All entries, those with other GUIDs included; none for a table of zeros, which hosts without certificates hand out.
/// A problem names the offset: a table without an end, an entry that lies outside, in the table itself or over another
/// one, a GUID that comes twice, more than 64 entries.
[[nodiscard]] Result<std::vector<TableEntry>> parse_table(Bytes bytes, const std::string& name);

}  // namespace tools::attestation
