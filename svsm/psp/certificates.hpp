// SPDX-License-Identifier: MIT
// The length of the host's table of certificates, which says it nowhere. [GHCB "SNP Extended Guest Request"]
#pragma once
#include <cstddef>
#include <cstdint>

namespace svsm::psp {

/// Bytes from the beginning of the table at `shared` to the end of its last certificate; 0 when it names none. Also 0
/// when it does not end within its first page, or names bytes beyond `room`: the host could as well have given no
/// certificates, so a table that no reader can use is none. `room` is at least a page, and the SVSM's own.
[[nodiscard]] std::uint64_t certificate_bytes(const std::byte* shared, std::uint64_t room);

}  // namespace svsm::psp
