// SPDX-License-Identifier: MIT
// From the options of `report verify` to what a report is held against.
#pragma once
#include <string>

#include "tools/report/evidence.hpp"

namespace tools::attestation {

/// As typed; what is empty was not given.
struct Options {
    std::string file, certs, image, nonce, manifest, vmpl, root, floor;
    bool emulated = false, allow_debug = false, allow_provisional = false, json = false;
};

/// Reads the files that the options name; the time is now. A problem: a file that cannot be read, an image without a
/// digest, a nonce that is not 64 bytes, a manifest without a nonce, a VMPL beyond 3, a root that is no ARK, a table that is none.
[[nodiscard]] Result<Demands> demands_of(const Options& options);

/// What a launch of the IGVM image has to show.
[[nodiscard]] Result<ExpectedImage> expected_image(Bytes image, const std::string& name);
/// The ARK in a PEM text, or the only certificate in it.
[[nodiscard]] Result<crypto::Certificate> parse_root(Bytes pem, const std::string& name);

}  // namespace tools::attestation
