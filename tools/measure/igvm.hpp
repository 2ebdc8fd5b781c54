// SPDX-License-Identifier: MIT
// The launch digest of an IGVM file, ours or another's.
#pragma once
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "tools/measure/measurement.hpp"
#include "tools/support/problem.hpp"

namespace tools::measure {

/// Whose rules turn directives into pages of the AMD-SP.
struct Rules {
    /// A parameter area counts as one page whatever its size, as igvmmeasure has it; QEMU loads all of them.
    bool areas_are_one_page = false;
    /// A page without data is a Normal page of zeros, as igvmmeasure without -n has it; to QEMU it is a Zero page.
    bool normal_zeros = false;
    /// That the host gives VMPL1, 2 and 3 alike in each page but the VMSA (abi::Permission).
    std::uint8_t lower_rights = 0;
};

/// What a loader of SEV-SNP guests measures, directive by directive in the order of the file. More is measured than our
/// own machine launches: large pages, several VMSAs, parameters of any kind. A problem names the header and its place:
/// a file that is no sound IGVM file, or not for SEV-SNP, or that asks for what the digest does not define.
/// With `links` each page is appended there.
[[nodiscard]] Result<Measurement> measure_igvm(Bytes file, const std::string& name, const Rules& rules,
                                               Links* links = nullptr);

}  // namespace tools::measure
