// SPDX-License-Identifier: MIT
#include "svsm/ghcb/guest_request.hpp"

#include "svsm/ghcb/exchange.hpp"

namespace svsm::ghcb {
namespace {

GuestRequestReply read(const Reply& reply) {
    using Result = abi::GuestRequestResult;
    return {.is_accepted = reply.accepted(),
            .host = static_cast<abi::GuestRequestStatus>(Result::Hypervisor::get(reply.info_2)),
            .firmware = static_cast<std::uint32_t>(Result::Firmware::get(reply.info_2)),
            .pages = reply.rbx};
}

}  // namespace

GuestRequestReply guest_request(const MessagePages& pages) {
    return read(exchange({.code = abi::NaeEvent::GuestRequest,
                          .info_1 = pages.message.value(),
                          .info_2 = pages.answer.value()}));
}

GuestRequestReply extended_guest_request(const MessagePages& pages, const CertificatePages& certificates) {
    return read(exchange({.code = abi::NaeEvent::ExtendedGuestRequest,
                          .info_1 = pages.message.value(),
                          .info_2 = pages.answer.value(),
                          .rax = certificates.first.value(),
                          .rbx = certificates.count}));
}

}  // namespace svsm::ghcb
