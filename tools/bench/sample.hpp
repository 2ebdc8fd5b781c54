// SPDX-License-Identifier: MIT
// One deterministic run of the guest `bench`: what the SVSM executed in its boot and for each kind of call.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/count/result.hpp"
#include "tools/elf/file.hpp"
#include "tools/qemu/find.hpp"
#include "tools/support/install.hpp"

namespace tools::bench {

/// Calls of one name, added up.
struct Phase {
    std::uint64_t units = 0, instructions = 0, string_stores = 0;
};
/// Of all calls, with what the library's functions call; zeroing included.
struct Ciphers {
    std::uint64_t aes_gcm = 0, hash = 0;
};
struct Boot {
    std::uint64_t instructions = 0, waiting = 0, string_stores = 0;
    std::vector<std::pair<std::string, std::uint64_t>> steps;  ///< in the order in which they ran
};
struct Sample {
    unsigned cpus = 0;
    std::map<std::string, Phase> phases;
    Ciphers ciphers;
    Boot boot;
    std::optional<std::uint64_t> memory_bytes;  ///< memory of its region that the SVSM reports as taken
};

/// Combines the sessions of the boot vCPU with the lines of the guest. `names`: functions of the SVSM, which
/// name the steps of its boot and its ciphers; those of an unknown SVSM have no names.
[[nodiscard]] Result<Sample> make_sample(unsigned cpus, const count::Result& counted,
                                         std::string_view console, const std::vector<elf::Symbol>& names);

/// The subject of a measurement: an SVSM (ELF) with the guest of this build, or a finished image.
struct Subject {
    std::filesystem::path svsm;
    bool is_image = false;
    std::string qemu{qemu::default_program};  ///< as `run --qemu` takes it
};
/// Runs it. Every failure of the run is a problem.
[[nodiscard]] Result<Sample> take_sample(const Subject& subject, unsigned cpus, const Install& install);
/// "query_protocol 131": time of a call in percent of a world switch without one, under plain emulation.
/// Valid on this computer and this day only.
[[nodiscard]] Result<std::map<std::string, std::uint64_t>> take_ratios(const Subject& subject,
                                                                       const Install& install);

}  // namespace tools::bench
