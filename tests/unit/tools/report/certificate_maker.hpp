// SPDX-License-Identifier: MIT
// Certificates as AMD makes them, and as it would not: each part can be changed before it is signed.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tools/crypto/certificate.hpp"
#include "tools/report/chip.hpp"

namespace tools::attestation {

struct CertificateSpec {
    crypto::Name subject, issuer;
    std::int64_t version = 3, serial = 0, not_before = 0, not_after = 0;
    std::string key_pem, signer_pem;
    std::vector<crypto::Extension> extensions;
    /// How it is signed: RSASSA-PSS unless `is_pss` is false, then PKCS#1 version 1.5.
    std::string digest = "SHA384";
    bool is_pss = true;
    int salt_bytes = 48;

    /// The extension with that id; a test fails without it.
    crypto::Extension& extension(std::string_view oid);
    void remove(std::string_view oid);
};

[[nodiscard]] Buffer make_certificate(const CertificateSpec& spec);

/// 64 bytes that begin neither with 2 nor with 4.
[[nodiscard]] Buffer chip_id_of(Product product);
inline constexpr std::string_view amd_extension = "1.3.6.1.4.1.3704.1.";

/// Subjects are marked as those of an emulated chip.
[[nodiscard]] CertificateSpec ark_spec(Product product);
[[nodiscard]] CertificateSpec ask_spec(Product product);
[[nodiscard]] CertificateSpec vcek_spec(Product product, const TcbParts& tcb);
/// The provider's key, and the one that signs it.
[[nodiscard]] CertificateSpec asvk_spec(Product product);
[[nodiscard]] CertificateSpec vlek_spec(Product product, const TcbParts& tcb);

/// DER of an INTEGER from 0 to 255, of an IA5String.
[[nodiscard]] Buffer der_integer(unsigned value);
[[nodiscard]] Buffer der_text(std::string_view text);
[[nodiscard]] Buffer bytes_from(std::initializer_list<unsigned> values);

}  // namespace tools::attestation
