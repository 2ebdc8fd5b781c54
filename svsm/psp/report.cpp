// SPDX-License-Identifier: MIT
#include "svsm/psp/report.hpp"

#include <cstring>

#include "abi/snp/rmp.hpp"
#include "base/result.hpp"

namespace svsm::psp {
namespace {

/// Finds the report in an authentic answer to `asked`.
std::expected<const abi::AttestationReport*, MessageError> find_report(Bytes answer,
                                                                       const abi::ReportRequest& asked) {
    constexpr auto wrong = std::unexpected{MessageError::WrongReport};
    const auto head = load<abi::ReportResponseHead>(answer, 0);
    if (!head) return wrong;
    if (head->status != static_cast<std::uint32_t>(abi::MessageStatus::Success))
        return std::unexpected{MessageError::Refused};
    if (answer.size() != sizeof(abi::ReportResponse) || head->report_bytes != sizeof(abi::AttestationReport))
        return wrong;
    const auto& report = reinterpret_cast<const abi::ReportResponse*>(answer.data())->report;
    if (report.vmpl != asked.vmpl ||
        std::memcmp(report.report_data, asked.report_data, sizeof report.report_data) != 0)
        return wrong;
    return &report;
}

}  // namespace

std::expected<Report, MessageError> get_report(Channel& channel,
                                               std::span<const std::byte, report_data_bytes> data,
                                               Certificates certificates) {
    abi::ReportRequest request{};
    std::memcpy(request.report_data, data.data(), data.size());
    request.vmpl = static_cast<std::uint32_t>(abi::Vmpl::Vmpl0);
    request.key_select = static_cast<std::uint32_t>(abi::KeySelect::VlekElseVcek);
    const Message message{abi::MessageType::ReportRequest, abi::message_version,
                          bytes_of_object(request), sizeof(abi::ReportResponse)};
    const auto delivery = TRY(channel.exchange(message, certificates));
    if (delivery.pages_wanted) return Report{nullptr, delivery.pages_wanted};
    return Report{TRY(find_report(delivery.payload, request))};
}

}  // namespace svsm::psp
