// SPDX-License-Identifier: MIT
#include "tools/crypto/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>

#include "base/result.hpp"
#include "tools/crypto/certificate_facts.hpp"
#include "tools/crypto/ecdsa.hpp"

namespace tools::crypto {

struct Certificate::Impl {
    X509Certificate x509;
    Pkey key;
};

namespace {

/// OpenSSL reads lengths in more forms than DER has; such bytes are in no signature.
bool is_der(const X509* certificate, Bytes bytes) {
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    const Owned<unsigned char, free_openssl> owner{der};
    return size > 0 &&
           std::ranges::equal(Bytes{reinterpret_cast<const std::byte*>(der), static_cast<std::size_t>(size)},
                              bytes);
}

}  // namespace

std::string only_value(const Name& name, std::string_view type) {
    const auto has_type = [&](const NameAttribute& attribute) { return attribute.type == type; };
    if (std::ranges::count_if(name, has_type) != 1) return {};
    return std::ranges::find_if(name, has_type)->value;
}

Result<Certificate> Certificate::from_der(Bytes der, const std::string& name) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const auto* const end = at + der.size();
    auto impl = std::make_shared<Impl>();
    impl->x509.reset(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    ERR_clear_error();
    if (!impl->x509) return problem("{} is no X.509 certificate", name);
    // Bytes behind the certificate are in no signature.
    if (at != end) return problem("{} has {} bytes behind the certificate", name, end - at);
    if (!is_der(impl->x509.get(), der)) return problem("{} is not encoded in DER", name);
    Certificate made;
    made.name_ = name;
    made.der_.assign(der.begin(), der.end());
    made.facts_ = TRY(facts_of(impl->x509.get(), name));
    impl->key.reset(X509_get_pubkey(impl->x509.get()));
    ERR_clear_error();
    if (!impl->key) return problem("{} holds a public key that OpenSSL cannot read", name);
    made.impl_ = std::move(impl);
    return made;
}

Result<std::vector<Certificate>> Certificate::from_pem(Bytes pem, const std::string& name) {
    const Bio bio = reader_of(pem);
    std::vector<Certificate> found;
    for (;;) {
        char *kind = nullptr, *header = nullptr;
        unsigned char* data = nullptr;
        long bytes = 0;
        const bool is_there = PEM_read_bio(bio.get(), &kind, &header, &data, &bytes) == 1;
        if (!is_there) break;
        const Owned<char, free_openssl> kind_owner{kind}, header_owner{header};
        const Owned<unsigned char, free_openssl> data_owner{data};
        if (std::string_view{kind} != PEM_STRING_X509) continue;
        const Bytes der{reinterpret_cast<const std::byte*>(data), static_cast<std::size_t>(bytes)};
        found.push_back(TRY(from_der(der, name)));
    }
    // The end of the text is an error too; any other one is a block that is damaged.
    const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!is_end) return problem("{} has a damaged PEM block", name);
    if (found.empty()) return problem("{} holds no certificate in PEM", name);
    return found;
}

bool Certificate::is_signed_by(const Certificate& issuer) const {
    const bool is_good = X509_verify(impl_->x509.get(), issuer.impl_->key.get()) == 1;
    ERR_clear_error();
    return is_good;
}

bool Certificate::has_signed(Bytes message, const P384Signature& signature) const {
    return facts_.key == KeyKind::P384 && verifies(impl_->key.get(), message, signature);
}

}  // namespace tools::crypto
