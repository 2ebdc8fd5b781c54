// SPDX-License-Identifier: MIT
// Dirty cache lines that the host wrote into a page before it was validated may outlive the validation on
// some processors, and land on the page whenever the cache likes. [APM2 "RMP"] [Linux "x86/sev: Evict cache
// lines during SNP memory validation"] [docs/security-model.md]
#pragma once
#include <cstdint>

#include "machine/machine.hpp"

namespace svsm {

/// What CPUID 8000_001F EBX[31] says: are a page's lines coherent with its validation, or has software to
/// evict them?
enum class HostLines : std::uint8_t { Coherent, Stale };

/// Reads the first and the last byte of each 4 KiB of the page at `page`, which was just validated: that is
/// what makes the processor give up the host's lines of it. Nothing where lines are coherent. GuestFault when
/// the page cannot be read: it must not be granted then.
[[nodiscard]] inline std::expected<void, machine::GuestFault> evict_lines(HostLines lines, Va page,
                                                                          PageSize size) {
    if (lines == HostLines::Coherent) [[likely]]
        return {};
    for (std::uint64_t offset = 0; offset < bytes_of(size); offset += page_bytes)
        for (const auto byte : {offset, offset + page_bytes - 1})
            if (const auto value = machine::load_u8(page + byte); !value)
                return std::unexpected{machine::GuestFault{}};
    return {};
}

}  // namespace svsm
