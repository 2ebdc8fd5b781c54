// SPDX-License-Identifier: MIT
// What an image's SVSM demands of the report about its own launch.
#pragma once
#include <string>

#include "abi/adyton/boot_block.hpp"
#include "tools/support/problem.hpp"

namespace tools::image {

struct OwnReportDemand {
    abi::adyton::OwnReport check = abi::adyton::OwnReport::Checked;
    abi::adyton::TcbFloor floor{};
    friend bool operator==(const OwnReportDemand&, const OwnReportDemand&);
};

/// "off", or least versions of the chip's firmware, separated by commas: "snp=23,microcode=84". A problem for a name that
/// is none, for one that comes twice, and for a number that does not fit a byte.
[[nodiscard]] Result<OwnReportDemand> parse_own_report(const std::string& text);
/// The same words; empty for a check without a floor.
[[nodiscard]] std::string own_report_words(const OwnReportDemand& demand);

}  // namespace tools::image
