// SPDX-License-Identifier: MIT
// The events that carry a message to the AMD-SP and its answer back. The host sees ciphertext only: what the pages
// hold is not this file's affair. [GHCB "SNP Guest Request", "SNP Extended Guest Request"]
#pragma once
#include <cstdint>

#include "abi/snp/ghcb.hpp"
#include "base/address.hpp"

namespace svsm::ghcb {

/// Two shared pages: the message, and room for the answer.
struct MessagePages {
    Gpa message, answer;
};
/// Shared pages in a row, for the certificates of the host.
struct CertificatePages {
    Gpa first;
    std::uint64_t count;
};

/// What the host says. All of it is a claim.
struct GuestRequestReply {
    bool is_accepted;  ///< false: the host says that it did not understand the event
    abi::GuestRequestStatus host;
    std::uint32_t firmware;  ///< 0: the answer is in its page
    std::uint64_t pages;     ///< that the certificates need, when `host` is InvalidLength
};

/// Has the AMD-SP answer the message.
[[nodiscard]] GuestRequestReply guest_request(const MessagePages& pages);
/// The same, and the host fills `certificates` beside it.
[[nodiscard]] GuestRequestReply extended_guest_request(const MessagePages& pages,
                                                       const CertificatePages& certificates);

}  // namespace svsm::ghcb
