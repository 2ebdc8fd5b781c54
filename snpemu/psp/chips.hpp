// SPDX-License-Identifier: MIT
// The chips that this machine can be, with the certificates that a host of theirs hands out.
// They are not AMD's: snpemu/chip/README.md says what they are.
#pragma once
#include "base/bytes.hpp"
#include "model/psp/chip.hpp"

namespace snpemu::psp {

struct KnownChip {
    model::psp::Chip chip;
    Bytes vcek, ask, ark;  ///< certificates, DER
};

[[nodiscard]] KnownChip genoa();
[[nodiscard]] KnownChip milan();

}  // namespace snpemu::psp
