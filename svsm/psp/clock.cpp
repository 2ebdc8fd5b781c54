// SPDX-License-Identifier: MIT
#include "svsm/psp/clock.hpp"

#include "base/result.hpp"

namespace svsm::psp {

std::expected<Clock, MessageError> get_clock(Channel& channel) {
    constexpr abi::TscInfoRequest request{};
    const Message message{abi::MessageType::TscInfoRequest, abi::message_version, bytes_of_object(request),
                          sizeof(abi::TscInfoResponse)};
    const auto delivery = TRY(channel.exchange(message, Certificates::None));
    const auto answer = load<abi::TscInfoResponse>(delivery.payload, 0);
    if (!answer || delivery.payload.size() != sizeof *answer)
        return std::unexpected{MessageError::WrongClock};
    if (answer->status != static_cast<std::uint32_t>(abi::MessageStatus::Success))
        return std::unexpected{MessageError::Refused};
    return Clock{answer->scale, answer->offset};
}

}  // namespace svsm::psp
