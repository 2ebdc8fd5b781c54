// SPDX-License-Identifier: MIT
#include "model/host/doorbell.hpp"

namespace model::host {
namespace {

constexpr std::unexpected invalid{abi::NaeError::InvalidInput};

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
    const auto command = read_x2apic_command(request.info_1);
    if (!command) return invalid;
    return *command;
}

}  // namespace model::host
