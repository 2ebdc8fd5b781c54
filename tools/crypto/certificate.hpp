// SPDX-License-Identifier: MIT
// X.509 certificates, by OpenSSL: what one says, and whether another one has signed it. Which of that is good enough is
// not decided here.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/crypto/hash.hpp"
#include "tools/crypto/key.hpp"
#include "tools/support/file.hpp"
#include "tools/support/problem.hpp"

namespace tools::crypto {

struct NameAttribute {
    std::string type, value;  ///< "CN"; the value in UTF-8
    friend bool operator==(const NameAttribute&, const NameAttribute&) = default;
};
using Name = std::vector<NameAttribute>;
/// The value of the one attribute of that type; empty when there is none, or several.
[[nodiscard]] std::string only_value(const Name& name, std::string_view type);

struct Extension {
    std::string oid;  ///< "2.5.29.15"
    bool is_critical = false;
    Buffer value;  ///< bytes inside the OCTET STRING
};

enum class KeyKind { Rsa4096, P384, Other };
/// RSASSA-PSS with SHA-384, MGF1 with SHA-384, a salt of 48 bytes and trailer 1, in both places that name it.
enum class SignatureKind { PssSha384, Other };

/// Bits of the key usage. [RFC5280 "Key Usage"]
struct KeyUsage {
    static constexpr std::uint32_t certificate_sign = 0x04, crl_sign = 0x02;
};

/// What a certificate says of itself, true or not.
struct CertificateFacts {
    Name subject, issuer;
    std::int64_t version = 0;                    ///< 3 for the version that is called 3
    std::int64_t not_before = 0, not_after = 0;  ///< seconds since 1970; the last second is valid
    KeyKind key = KeyKind::Other;
    SignatureKind signature = SignatureKind::Other;
    Sha256 key_sha256{};  ///< of the SubjectPublicKeyInfo
    bool is_ca = false;
    std::optional<std::int64_t> path_length{};
    std::optional<std::uint32_t> key_usage{};  ///< empty without the extension, which then allows everything
    std::vector<Extension> extensions;         ///< in the order of the file, those above included
};

class Certificate {
public:
    /// The one certificate in `der`. A problem: no certificate, bytes behind it, no DER, an extension or a time that does not
    /// parse. `name` is what sentences call it.
    [[nodiscard]] static Result<Certificate> from_der(Bytes der, const std::string& name);
    /// All certificates in a PEM text, in order. A problem: none, or one that `from_der` refuses.
    [[nodiscard]] static Result<std::vector<Certificate>> from_pem(Bytes pem, const std::string& name);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const CertificateFacts& facts() const { return facts_; }
    [[nodiscard]] const Buffer& der() const { return der_; }

    /// True when the key of `issuer` has made the signature. Nothing else is compared: no name, no time, no right.
    [[nodiscard]] bool is_signed_by(const Certificate& issuer) const;
    /// True when this certificate's key, of the curve P-384, has signed `message`, with SHA-384.
    [[nodiscard]] bool has_signed(Bytes message, const P384Signature& signature) const;

private:
    struct Impl;
    Certificate() = default;
    std::string name_;
    Buffer der_;
    CertificateFacts facts_;
    std::shared_ptr<const Impl> impl_;
};

}  // namespace tools::crypto
