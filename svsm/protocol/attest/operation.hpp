// SPDX-License-Identifier: MIT
// What the guest asks for: its structure and its nonce, copied out of guest memory once and checked there.
#pragma once
#include "abi/svsm/attestation.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/protocol/call.hpp"

namespace svsm::attest {

/// A buffer of the guest that begins a page. Nothing says that the guest owns it.
struct Buffer {
    Gpa at;
    std::uint32_t bytes;
};

/// An operation whose fields do not contradict the specification.
struct Operation {
    Buffer report, manifest, certificates;
    Guid service{};  ///< of SVSM_ATTEST_SINGLE_SERVICE
};

using Nonce = std::span<std::byte, abi::attestation_nonce_bytes>;

/// Reads the structure at `at` and the nonce that it names. Both lie within a page each, in memory where the guest may
/// have parameters. InvalidParameter: a reserved byte is not zero, the nonce has not 64 bytes, a buffer does not begin a
/// page, there is room for more certificates than a call returns, two buffers overlap, a manifest of another version
/// than 0. InvalidAddress: the guest does not have the structure, the nonce, or a buffer that ends.
[[nodiscard]] std::expected<Operation, SvsmError> read_services(const Guest& guest, Gpa at, Nonce nonce)
    REQUIRES_SHARED(guest.lock);
[[nodiscard]] std::expected<Operation, SvsmError> read_single_service(const Guest& guest, Gpa at, Nonce nonce)
    REQUIRES_SHARED(guest.lock);

}  // namespace svsm::attest
