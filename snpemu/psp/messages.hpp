// SPDX-License-Identifier: MIT
// GUEST_REQUEST: the AMD-SP answers a message of its guest. [SNP-ABI "SNP_GUEST_REQUEST"]
#pragma once
#include "abi/snp/guest_message.hpp"
#include "model/psp/messages.hpp"
#include "snpemu/psp/context.hpp"

namespace snpemu::psp {

/// Both are pages of the host's, which no guest reaches; `request` is opened in place. With an answer the request is used
/// up, whatever the host does with it. One call at a time. The refusals are model::psp::answer's.
[[nodiscard]] std::expected<void, model::psp::MessageRefusal> serve(Context& context,
                                                                    abi::GuestMessage& request,
                                                                    abi::GuestMessage& response);

}  // namespace snpemu::psp
