// SPDX-License-Identifier: MIT
// What a call of the attestation protocol gives back: lengths in registers, contents in the guest's buffers.
#pragma once
#include "base/bytes.hpp"
#include "svsm/protocol/attest/operation.hpp"

namespace svsm::attest {

/// All of it stays where it is until the caller gives the channel's turn back.
struct Results {
    Bytes manifest, report;
    Bytes certificates;  ///< shared with the host
};

/// InvalidAddress when a page that the call may write is not the guest's: such a call costs no message. The guest can
/// change that until the results are written, so `write` checks again.
[[nodiscard]] CallResult check_buffers(const Guest& guest, const Operation& operation,
                                       std::size_t manifest_bytes) REQUIRES_SHARED(guest.lock);

/// Writes the results and returns the answer with their lengths. InvalidParameter, with the lengths, when one does not
/// fit into its buffer: nothing is written then. InvalidAddress when a buffer is not the guest's (any more); results
/// before it may be written.
[[nodiscard]] Answer write(Guest& guest, const Vcpu& caller, const Operation& operation,
                           const Results& results);
/// The answer when the certificates alone need so many pages, by the host's word. InvalidRequest when that is no more
/// than the host was given, or no length that fits the register of a 32-bit guest.
[[nodiscard]] Answer refuse_room(std::size_t manifest_bytes, std::uint64_t certificate_pages);

}  // namespace svsm::attest
