// SPDX-License-Identifier: MIT
// What the SVSM says of its services. The hash of a nonce and of this is in the report, so a verifier knows that
// these are the words of an SVSM. [SVSM "Attestation Protocol"]
#pragma once
#include <optional>

#include "abi/svsm/attestation.hpp"
#include "base/bytes.hpp"

namespace svsm::attest {

/// A service that an SVSM offers, and its manifest of version 0.
struct Service {
    Guid guid;
    Bytes manifest;
};
using Services = std::span<const Service>;

/// Writes the manifest of all services, and returns its length; empty when `to` is too small.
[[nodiscard]] std::optional<std::size_t> write_services_manifest(std::span<std::byte> to, Services services);
/// Writes the manifest of the service with that GUID; empty also when there is none.
[[nodiscard]] std::optional<std::size_t> write_service_manifest(std::span<std::byte> to, Services services,
                                                                const Guid& guid);

}  // namespace svsm::attest
