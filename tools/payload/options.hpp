// SPDX-License-Identifier: MIT
// How an image is built: what `adyton run` and `adyton image build` have in common.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/cli/command.hpp"
#include "tools/image/own_report.hpp"
#include "tools/support/problem.hpp"

namespace tools::payload {

/// The SVSM's region ends at 136 MiB, and a guest wants to own something too.
inline constexpr std::uint64_t least_memory = 160ull << 20;
/// Memory of a guest without --memory.
inline constexpr std::uint64_t default_memory = 256ull << 20;

/// The region may grow into the memory that every guest is sure to have.
inline constexpr std::uint64_t least_svsm_bytes = 512ull << 10, most_svsm_bytes = 128ull << 20;

/// Where the machine has the C-bit unless image or user say otherwise. Current processors have 51, for which
/// QEMU needs nested tables of five levels.
inline constexpr unsigned default_c_bit = 47;

/// As typed; what is empty was not given.
struct RawBuild {
    std::string vmpl, c_bit, svsm, svsm_size, svsm_at, sev_features, own_report;
};
/// The options of a command that fill `raw`.
[[nodiscard]] std::vector<cli::Option> build_options(RawBuild& raw);

struct Build {
    std::optional<unsigned> vmpl;   ///< of the guest; 1 unless given, 0 is a guest without an SVSM
    std::optional<unsigned> c_bit;  ///< of image and machine; that of the image, or 47, unless given
    std::optional<std::filesystem::path> svsm;  ///< an ELF file; that of this build unless given
    std::optional<std::uint64_t> svsm_bytes;    ///< size of its region; else what the guest's memory needs
    std::optional<std::uint64_t> svsm_at;       ///< its region's address, of firmware; else the end of low memory
    std::optional<std::uint64_t> sev_features;  ///< SNP alone unless given
    std::optional<image::OwnReportDemand> own_report;  ///< the check without a floor unless given
    [[nodiscard]] bool has_svsm() const { return vmpl != 0u; }
};
[[nodiscard]] Result<Build> parse_build(const RawBuild& raw);

/// 2 MiB aligned, between the memory that firmware always has for itself and its devices.
inline constexpr std::uint64_t least_svsm_at = 64ull << 20, most_svsm_at = 2ull << 30;

/// The value of `--memory` in bytes: whole MiB, from `least_memory` to what the machine can have.
[[nodiscard]] Result<std::uint64_t> parse_memory(const std::string& text);

}  // namespace tools::payload
