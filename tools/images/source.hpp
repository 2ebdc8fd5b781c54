// SPDX-License-Identifier: MIT
// What `measure` and `sign` measure: an IGVM file, or a firmware that QEMU launches without one.
#pragma once
#include <string>
#include <vector>

#include "tools/cli/command.hpp"
#include "tools/measure/measurement.hpp"
#include "tools/support/file.hpp"
#include "tools/support/problem.hpp"

namespace tools::images {

/// As typed; what is empty was not given.
struct Source {
    std::string file, firmware, vcpus, cpu, guest_features, kernel, initrd, append;
    bool kernel_hashes = false;
};
[[nodiscard]] std::vector<cli::Option> source_options(Source& source);

struct Measured {
    std::string name;
    Buffer image;  ///< IGVM; empty for a firmware
    measure::Measurement result;
};
/// A problem: neither file nor firmware, or both; options that belong to the other; a file that cannot be measured.
[[nodiscard]] Result<Measured> measure_source(const Source& source, bool areas_are_one_page,
                                              bool normal_zeros);

}  // namespace tools::images
