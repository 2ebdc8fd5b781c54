// SPDX-License-Identifier: MIT
// On some processors, dirty cache lines that the host wrote into a page before its validation outlive the
// validation. The cache may write them back to the page at any time. [APM2 "RMP"] [Linux "x86/sev: Evict
// cache lines during SNP memory validation"] [docs/security-model.md]
#pragma once
#include <cstdint>

#include "machine/machine.hpp"

namespace svsm {

/// CPUID 8000_001F EBX[31]: a page's cache lines are coherent with its validation, or software has
/// to evict them.
enum class HostLines : std::uint8_t { Coherent, Stale };

/// Reads the first and the last byte of each 4 KiB of `page`, which was just validated: these reads make the
/// processor drop the host's lines of it. Does nothing where lines are coherent. GuestFault when the page
/// cannot be read: the caller must not grant it then.
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
