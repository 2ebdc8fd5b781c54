// SPDX-License-Identifier: MIT
// Reads out of OpenSSL's certificate what `Certificate` shows.
#pragma once
#include <openssl/x509.h>

#include "tools/crypto/certificate.hpp"
#include "tools/crypto/openssl.hpp"

namespace tools::crypto {

using X509Certificate = Owned<X509, X509_free>;
inline void free_openssl(void* memory) { OPENSSL_free(memory); }

/// A problem, in which `name` is the certificate: an extension that comes twice or does not parse, a time that is none.
[[nodiscard]] Result<CertificateFacts> facts_of(X509* certificate, const std::string& name);

}  // namespace tools::crypto
