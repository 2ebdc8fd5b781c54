// SPDX-License-Identifier: MIT
// A report with all that stands behind it, good unless a test changes something before or after it is signed.
#pragma once
#include <functional>
#include <string>

#include "tests/unit/tools/report/certificate_maker.hpp"
#include "tools/report/verify.hpp"

namespace tools::attestation {

using Raw = abi::AttestationReport;

/// What the AMD-SP says of the tests' guest: of that version, at VMPL0, on a chip whose firmware excludes what the
/// built-in table demands.
[[nodiscard]] Raw good_report(Product product, std::uint32_t version);
[[nodiscard]] abi::TcbVersion tcb_bytes(Product product, const TcbParts& parts);
[[nodiscard]] TcbParts good_tcb(Product product);

/// The bytes of the report with the key's signature, as the AMD-SP hands them out.
[[nodiscard]] Buffer signed_report(Raw report, const crypto::SigningKey& key);

struct Scene {
    explicit Scene(Product of = Product::Genoa, std::uint32_t version = 3);

    Product product;
    CertificateSpec ark, ask, key;
    Raw raw;
    Demands demands;  ///< image, nonce and root fit the report
    /// Changes the bytes of the signed report, or the certificates that are handed over.
    std::function<void(Buffer&)> after_signing = [](Buffer&) {};
    std::function<void(Certificates&)> handed_over = [](Certificates&) {};

    [[nodiscard]] Buffer signed_bytes() const;
    [[nodiscard]] Certificates certificates() const;
    [[nodiscard]] Verdict verdict() const;
};

/// Names of the checks that fail, with commas; empty when none does.
[[nodiscard]] std::string failed_checks(const Verdict& verdict);
/// The sentence of the first check that fails.
[[nodiscard]] std::string first_reason(const Verdict& verdict);

template <class T>
Buffer bytes_of_object(const T& object) {
    const Bytes bytes = ::bytes_of_object(object);
    return {bytes.begin(), bytes.end()};
}

}  // namespace tools::attestation
