// SPDX-License-Identifier: MIT
#include "model/host/doorbell.hpp"

namespace model::host {
namespace {

constexpr std::unexpected invalid{abi::NaeError::InvalidInput};

/// Lower half of the command register of x2APIC.
struct X2apicCommand {
    using Busy = Bits<12>;  ///< of xAPIC alone
    static constexpr std::uint64_t reserved = Bits<31, 20>::mask | Bits<17, 16>::mask | Bits<13>::mask;
};

}  // namespace

Input<DoorbellAsk> read_doorbell(const GhcbRequest& request) {
    using abi::HvDoorbellRequest;
    if (request.info_1 > static_cast<std::uint64_t>(HvDoorbellRequest::Clear)) return invalid;
    const auto what = static_cast<HvDoorbellRequest>(request.info_1);
    const Gpa page{request.info_2};
    if (what == HvDoorbellRequest::Set && !page.is_page_aligned()) return invalid;
    return DoorbellAsk{what, page};
}

Input<IpiAsk> read_hv_ipi(const GhcbRequest& request) {
    if ((request.info_1 & X2apicCommand::reserved) != 0) return invalid;
    return IpiAsk{static_cast<std::uint32_t>(X2apicCommand::Busy::set(request.info_1, 0)),
                  static_cast<std::uint32_t>(request.info_1 >> 32)};
}

}  // namespace model::host
