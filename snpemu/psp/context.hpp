// SPDX-License-Identifier: MIT
// All that the AMD-SP knows: of this computer, and of its one guest.
#pragma once
#include <optional>

#include "model/psp/guest.hpp"
#include "model/psp/platform.hpp"
#include "snpemu/psp/chips.hpp"

namespace snpemu::psp {

struct Context {
    model::psp::Platform platform;
    KnownChip known = genoa();
    std::optional<std::uint32_t> report_version;  ///< that the host has asked for
    model::psp::Guest guest;
};

}  // namespace snpemu::psp
