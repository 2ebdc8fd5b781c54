// SPDX-License-Identifier: MIT
// From what the user calls a guest to an image that can be started.
#pragma once
#include <optional>
#include <string>

#include "tools/run/options.hpp"
#include "tools/elf/symbolizer.hpp"
#include "tools/support/file.hpp"
#include "tools/support/install.hpp"
#include "tools/support/problem.hpp"

namespace tools::run {

struct PayloadRequest {
    std::string guest;  ///< name of a guest of this build, ELF file, or IGVM file
    std::optional<unsigned> vmpl, c_bit;
    std::optional<std::filesystem::path> svsm;
    std::optional<std::uint64_t> svsm_bytes;  ///< size of its region; else what `memory` needs
    std::optional<LinuxOptions> linux_guest;  ///< instead of `guest`
    unsigned cpus = 1;                        ///< what Linux's checks are to find
    bool deterministic = false;               ///< how fast Linux's clock runs
    bool pages_stay = false;                  ///< see image::Options
    std::uint64_t memory = 0;                 ///< bytes of the guest's whose states the SVSM has to keep
    std::optional<std::uint64_t> sev_features = std::nullopt;  ///< the same
};

struct Payload {
    Buffer image;  ///< IGVM
    std::string name;
    std::optional<unsigned> vmpl;  ///< empty when the image is not ours and does not say
    Symbolizer symbols;
    Buffer disk{};                    ///< for the guest; empty: none
    bool is_linux = false;            ///< how its termination codes are to be read
    std::optional<unsigned> c_bit{};  ///< that its page tables are made for; empty when it does not say
};

[[nodiscard]] Result<Payload> prepare(const PayloadRequest& request, const Install& install);

/// An ELF guest: the file and its name. IGVM files are refused.
struct GuestFile {
    std::filesystem::path path;
    std::string name;
    Buffer bytes;
};
[[nodiscard]] Result<GuestFile> find_guest(const std::string& guest, const Install& install);

}  // namespace tools::run
