// SPDX-License-Identifier: MIT
#include "tools/crypto/certificate_facts.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/result.hpp"

namespace tools::crypto {
namespace {

Name name_of(const X509_NAME* from) {
    Name name;
    for (int i = 0; i < X509_NAME_entry_count(from); ++i) {
        const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(from, i);
        const int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
        unsigned char* text = nullptr;
        const int bytes = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
        const Owned<unsigned char, free_openssl> owner{text};
        name.push_back({OBJ_nid2sn(nid), bytes < 0 ? std::string{} : std::string(text, text + bytes)});
    }
    ERR_clear_error();
    return name;
}

std::optional<std::int64_t> seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return ::timegm(&parts);
}

KeyKind kind_of(const EVP_PKEY* key) {
    constexpr int bits = 4096;
    std::array<char, 80> curve{};
    if (key == nullptr) return KeyKind::Other;
    if (EVP_PKEY_is_a(key, "RSA") == 1)
        return EVP_PKEY_get_bits(key) == bits ? KeyKind::Rsa4096 : KeyKind::Other;
    if (EVP_PKEY_is_a(key, "EC") == 1 &&
        EVP_PKEY_get_group_name(key, curve.data(), curve.size(), nullptr) == 1 &&
        std::string_view{curve.data()} == SN_secp384r1)
        return KeyKind::P384;
    return KeyKind::Other;
}

int digest_of(const X509_ALGOR* algorithm) {
    const ASN1_OBJECT* object = nullptr;
    if (algorithm == nullptr) return NID_undef;
    X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
    return OBJ_obj2nid(object);
}

/// MGF1, and the hash inside it.
bool is_mgf1_sha384(const X509_ALGOR* algorithm) {
    const ASN1_OBJECT* object = nullptr;
    const void* value = nullptr;
    int type = V_ASN1_UNDEF;
    if (algorithm == nullptr) return false;
    X509_ALGOR_get0(&object, &type, &value, algorithm);
    if (OBJ_obj2nid(object) != NID_mgf1 || type != V_ASN1_SEQUENCE) return false;
    const Owned<X509_ALGOR, X509_ALGOR_free> hash{static_cast<X509_ALGOR*>(
        ASN1_item_unpack(static_cast<const ASN1_STRING*>(value), ASN1_ITEM_rptr(X509_ALGOR)))};
    return digest_of(hash.get()) == NID_sha384;
}

/// OpenSSL takes weaker parameters than these as well. [RFC8017 "RSASSA-PSS"]
SignatureKind kind_of(const X509_ALGOR* algorithm) {
    constexpr long salt_bytes = 48, trailer = 1;
    const ASN1_OBJECT* object = nullptr;
    const void* value = nullptr;
    int type = V_ASN1_UNDEF;
    X509_ALGOR_get0(&object, &type, &value, algorithm);
    if (OBJ_obj2nid(object) != NID_rsassaPss || type != V_ASN1_SEQUENCE) return SignatureKind::Other;
    const Owned<RSA_PSS_PARAMS, RSA_PSS_PARAMS_free> pss{static_cast<RSA_PSS_PARAMS*>(
        ASN1_item_unpack(static_cast<const ASN1_STRING*>(value), ASN1_ITEM_rptr(RSA_PSS_PARAMS)))};
    ERR_clear_error();
    const bool is_strong = pss && digest_of(pss->hashAlgorithm) == NID_sha384 &&
                           is_mgf1_sha384(pss->maskGenAlgorithm) && pss->saltLength != nullptr &&
                           ASN1_INTEGER_get(pss->saltLength) == salt_bytes &&
                           (pss->trailerField == nullptr || ASN1_INTEGER_get(pss->trailerField) == trailer);
    return is_strong ? SignatureKind::PssSha384 : SignatureKind::Other;
}

SignatureKind signature_of(const X509* certificate) {
    const X509_ALGOR* outer = nullptr;
    X509_get0_signature(nullptr, &outer, certificate);
    const X509_ALGOR* const inner = X509_get0_tbs_sigalg(certificate);
    if (kind_of(inner) == SignatureKind::Other) return SignatureKind::Other;
    return kind_of(outer);
}

Sha256 key_hash_of(const X509* certificate) {
    unsigned char* der = nullptr;
    const int bytes = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (bytes <= 0) std::abort();
    const Owned<unsigned char, free_openssl> owner{der};
    return sha256({reinterpret_cast<const std::byte*>(der), static_cast<std::size_t>(bytes)});
}

std::vector<Extension> extensions_of(const X509* certificate) {
    std::vector<Extension> all;
    for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
        X509_EXTENSION* const from = X509_get_ext(certificate, i);
        std::array<char, 128> oid{};
        OBJ_obj2txt(oid.data(), oid.size(), X509_EXTENSION_get_object(from), 1);
        const ASN1_OCTET_STRING* const value = X509_EXTENSION_get_data(from);
        const auto* const data = reinterpret_cast<const std::byte*>(ASN1_STRING_get0_data(value));
        all.push_back({oid.data(), X509_EXTENSION_get_critical(from) == 1,
                       Buffer(data, data + ASN1_STRING_length(value))});
    }
    return all;
}

/// OpenSSL keeps the first of two equal extensions where it looks for one, so none may come twice.
Result<void> check_extensions(const std::vector<Extension>& all, const std::string& name) {
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t k = 0; k < i; ++k)
            if (all[i].oid == all[k].oid) return problem("{} has the extension {} twice", name, all[i].oid);
    return {};
}

}  // namespace

Result<CertificateFacts> facts_of(X509* certificate, const std::string& name) {
    CertificateFacts facts;
    facts.subject = name_of(X509_get_subject_name(certificate));
    facts.issuer = name_of(X509_get_issuer_name(certificate));
    facts.version = X509_get_version(certificate) + 1;
    const auto from = seconds_of(X509_get0_notBefore(certificate)),
               to = seconds_of(X509_get0_notAfter(certificate));
    if (!from || !to) return problem("{} has a validity that is no time", name);
    facts.not_before = *from;
    facts.not_after = *to;
    facts.key = kind_of(X509_get0_pubkey(certificate));
    facts.signature = signature_of(certificate);
    facts.key_sha256 = key_hash_of(certificate);
    facts.extensions = extensions_of(certificate);
    TRY_VOID(check_extensions(facts.extensions, name));
    const std::uint32_t flags = X509_get_extension_flags(certificate);
    ERR_clear_error();
    if ((flags & EXFLAG_INVALID) != 0) return problem("{} has an extension that does not parse", name);
    facts.is_ca = (flags & EXFLAG_CA) != 0;
    if (const long length = X509_get_pathlen(certificate); length >= 0) facts.path_length = length;
    if ((flags & EXFLAG_KUSAGE) != 0) facts.key_usage = X509_get_key_usage(certificate);
    return facts;
}

}  // namespace tools::crypto
