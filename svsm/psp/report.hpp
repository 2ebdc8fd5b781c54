// SPDX-License-Identifier: MIT
// Asks the AMD-SP for a report about this guest. [SNP-ABI "MSG_REPORT_REQ"]
#pragma once
#include "svsm/psp/channel.hpp"

namespace svsm::psp {

inline constexpr std::size_t report_data_bytes = sizeof abi::ReportRequest::report_data;

/// A report, or the news that the certificates need more room.
struct Report {
    const abi::AttestationReport*
        report;  ///< in private memory, until the next exchange; null with `pages_wanted`
    std::optional<std::uint64_t> pages_wanted = std::nullopt;  ///< as `Delivery`
};

/// A report that says VMPL0 and contains `data`, signed with the key that the chip prefers. Errors of
/// Channel::exchange, Refused, WrongReport.
[[nodiscard]] std::expected<Report, MessageError> get_report(
    Channel& channel, std::span<const std::byte, report_data_bytes> data, Certificates certificates)
    REQUIRES(channel.turn);

}  // namespace svsm::psp
