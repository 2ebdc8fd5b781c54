// SPDX-License-Identifier: MIT
#include "svsm/psp/format.hpp"

#include "base/zero.hpp"

namespace svsm::psp {
namespace {

using Header = abi::MessageHeader;

/// The SVSM speaks for VMPL0.
constexpr std::uint8_t key_of_vmpl0 = 0;

bool has_format(const Header& header) {
    return header.algorithm == abi::message_aes_256_gcm && header.header_version == abi::message_header_version &&
           header.header_bytes == sizeof header && header.reserved_28 == 0 && header.reserved_38 == 0 &&
           is_zero(std::span{header.tag}.subspan(abi::message_tag_bytes)) && is_zero(header.reserved_3d);
}

}  // namespace

Header request_header(const Message& message, std::uint64_t number) {
    if (message.payload.size() > max_payload) __builtin_trap();
    Header header{};
    header.sequence = number;
    header.algorithm = abi::message_aes_256_gcm;
    header.header_version = abi::message_header_version;
    header.header_bytes = sizeof header;
    header.type = static_cast<std::uint8_t>(message.type);
    header.version = message.version;
    header.payload_bytes = static_cast<std::uint16_t>(message.payload.size());
    header.vmpck = key_of_vmpl0;
    return header;
}

std::expected<void, MessageError> check_answer(const Header& answer, const Header& request,
                                               std::size_t room) {
    // First: an old answer of the AMD-SP is authentic in all but this.
    if (answer.sequence != request.sequence + 1) return std::unexpected{MessageError::WrongNumber};
    if (!has_format(answer)) return std::unexpected{MessageError::WrongFormat};
    if (answer.type != request.type + 1) return std::unexpected{MessageError::WrongType};
    if (answer.version != request.version) return std::unexpected{MessageError::WrongVersion};
    if (answer.vmpck != request.vmpck) return std::unexpected{MessageError::WrongKey};
    if (answer.payload_bytes > std::min(room, max_payload)) return std::unexpected{MessageError::TooLong};
    return {};
}

}  // namespace svsm::psp
