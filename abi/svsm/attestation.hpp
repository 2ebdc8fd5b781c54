// SPDX-License-Identifier: MIT
// Protocol 1 of the SVSM: what a guest asks when it wants to be attested, and the manifest whose hash is in the report.
// [SVSM "Attestation Protocol"]
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/guid.hpp"

namespace abi {

inline constexpr std::uint32_t attestation_protocol = 1;
inline constexpr std::uint32_t attestation_protocol_version = 1;

enum class AttestationCall : std::uint32_t {
    Services = 0,       ///< SVSM_ATTEST_SERVICES
    SingleService = 1,  ///< SVSM_ATTEST_SINGLE_SERVICE
};

/// A buffer of the guest: guest-physical address, and bytes.
struct AttestationBuffer {
    std::uint64_t gpa;
    std::uint32_t bytes, reserved;
};

/// RCX of SVSM_ATTEST_SERVICES is the address of this.
struct AttestServices {
    AttestationBuffer report;
    std::uint64_t nonce_gpa;
    std::uint16_t nonce_bytes;
    std::uint8_t reserved_01a[6];
    AttestationBuffer manifest, certificates;
};
static_assert(sizeof(AttestServices) == 0x40 && offsetof(AttestServices, nonce_gpa) == 0x10);
static_assert(offsetof(AttestServices, nonce_bytes) == 0x18 && offsetof(AttestServices, manifest) == 0x20);
static_assert(offsetof(AttestServices, certificates) == 0x30);

/// RCX of SVSM_ATTEST_SINGLE_SERVICE is the address of this.
struct AttestSingleService {
    AttestServices buffers;
    Guid service;
    std::uint32_t manifest_version, reserved_054;
};
static_assert(sizeof(AttestSingleService) == 0x58 && offsetof(AttestSingleService, service) == 0x40);
static_assert(offsetof(AttestSingleService, manifest_version) == 0x50);

/// Bytes that a nonce has: as many as REPORT_DATA.
inline constexpr std::uint16_t attestation_nonce_bytes = 64;
/// Most room for certificates in one call. Linux asks for so much, Coconut allows no more.
inline constexpr std::uint32_t attestation_max_certificate_bytes = 0x4000;

/// Manifest of SVSM_ATTEST_SERVICES: this, an entry for each service, and the services' manifests in that order.
struct ServicesManifest {
    Guid guid;
    std::uint32_t bytes;  ///< of the whole manifest
    std::uint32_t services;
};
struct ServicesManifestEntry {
    Guid service;
    std::uint32_t offset, bytes;  ///< of the service's manifest; from the beginning of the whole
};
static_assert(sizeof(ServicesManifest) == 24 && sizeof(ServicesManifestEntry) == 24);

inline constexpr Guid services_manifest_guid = guid("63849ebb-3d92-4670-a1ff-58f9c94b87bb"),
                      vtpm_service_guid = guid("c476f1eb-0123-45a5-9641-b4e7dde5bfe3");

}  // namespace abi
