// SPDX-License-Identifier: MIT
// Why a Linux kernel asked to be ended, in words. docs/linux.md has the same table with how to see each one.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace tools::verdict {

/// The reasons of set 0 are those of the GHCB specification, the same for every guest.
/// [GHCB "Termination Request"]
inline constexpr std::uint64_t general_set = 0;
/// Set 1 is Linux's own. Other programs number their sets from 1 too, so this reading holds only for a
/// run of Linux.
inline constexpr std::uint64_t linux_set = 1;

/// One reason for which Linux gives up.
struct TerminationReason {
    std::uint64_t set, code;
    std::string_view name;     ///< what the kernel's source calls it
    std::string_view summary;  ///< for the last line of a run
    std::string_view meaning;  ///< what has happened, a sentence
    std::string_view hint;     ///< where to look first, a sentence
};

/// Every reason of Linux 6.11 to 7.3. [Linux "arch/x86/include/asm/sev-common.h"]
extern const std::array<TerminationReason, 16> termination_reasons;

/// The reason with these numbers; nullptr for one that no kernel known here gives.
[[nodiscard]] const TerminationReason* find_termination(std::uint64_t set, std::uint64_t code);

/// The request as the kernel wrote it into its GHCB MSR. [GHCB "MSR Protocol"]
[[nodiscard]] constexpr std::uint64_t termination_msr(std::uint64_t set, std::uint64_t code) {
    return 0x100 | set << 12 | code << 16;
}

}  // namespace tools::verdict
