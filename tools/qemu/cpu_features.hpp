// SPDX-License-Identifier: MIT
// x86 features of the machine's CPU that are off unless the command line asks for them: they cost time, or need
// a kernel or a QEMU that gets along with them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/support/problem.hpp"

namespace tools::qemu {

/// A set of them, by their place in the table.
struct CpuFeatures {
    std::uint32_t bits = 0;
    /// Also for the QEMU command line of a run without any: what was not asked for is switched off.
    friend bool operator==(const CpuFeatures&, const CpuFeatures&) = default;
};

/// XSAVE with AVX, AVX2, FMA and F16C. Linux wants XSAVES too: the machine announces it, QEMU has none.
[[nodiscard]] CpuFeatures xsave_feature();
[[nodiscard]] bool has(CpuFeatures all, CpuFeatures some);

/// The features that `text` names, separated by commas. A problem for a name that is none, and for a feature
/// without the one that it builds on.
[[nodiscard]] Result<CpuFeatures> parse_cpu_features(std::string_view text);
/// A problem when this version of QEMU ("7.2.22"; unknown counts as new) translates one of them wrongly; the
/// sentence says what is wrong and since when it is right.
[[nodiscard]] Result<void> check_cpu_features(CpuFeatures features, std::string_view version);
/// Words of QEMU's -cpu, each behind a comma.
[[nodiscard]] std::string cpu_words(CpuFeatures features);
/// All names, separated by blanks.
[[nodiscard]] std::string cpu_feature_names();

}  // namespace tools::qemu
