// SPDX-License-Identifier: MIT
#include "tests/unit/tools/report/certificate_maker.hpp"

#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>

#include "tests/unit/tools/crypto/keys.hpp"
#include "tests/unit/tools/report/keys.hpp"
#include "tools/crypto/openssl.hpp"
#include "tools/report/roots.hpp"

namespace tools::attestation {
namespace {

using crypto::must, crypto::must_have, crypto::Owned;

crypto::Pkey read_key(const std::string& pem) {
    const crypto::Bio bio{must_have(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())))};
    return crypto::Pkey{must_have(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr))};
}

Owned<X509_NAME, X509_NAME_free> name_from(const crypto::Name& from) {
    Owned<X509_NAME, X509_NAME_free> name{must_have(X509_NAME_new())};
    for (const auto& [type, value] : from)
        must(X509_NAME_add_entry_by_txt(name.get(), type.c_str(), MBSTRING_UTF8,
                                        reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0));
    return name;
}

void add_extension(X509* to, const crypto::Extension& from) {
    const Owned<ASN1_OBJECT, ASN1_OBJECT_free> oid{must_have(OBJ_txt2obj(from.oid.c_str(), 1))};
    const Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value{must_have(ASN1_OCTET_STRING_new())};
    must(ASN1_OCTET_STRING_set(value.get(), reinterpret_cast<const unsigned char*>(from.value.data()),
                               static_cast<int>(from.value.size())));
    const Owned<X509_EXTENSION, X509_EXTENSION_free> extension{
        must_have(X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), from.is_critical ? 1 : 0, value.get()))};
    must(X509_add_ext(to, extension.get(), -1));
}

void sign(X509* certificate, const CertificateSpec& spec) {
    const crypto::Pkey signer = read_key(spec.signer_pem);
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context{must_have(EVP_MD_CTX_new())};
    EVP_PKEY_CTX* parameters = nullptr;
    const EVP_MD* const digest = must_have(EVP_get_digestbyname(spec.digest.c_str()));
    must(EVP_DigestSignInit(context.get(), &parameters, digest, nullptr, signer.get()));
    if (spec.is_pss && EVP_PKEY_is_a(signer.get(), "RSA") == 1) {
        must(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING));
        must(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, spec.salt_bytes));
    }
    if (X509_sign_ctx(certificate, context.get()) <= 0) std::abort();
}

constexpr std::string_view key_usage = "2.5.29.15", subject_key_id = "2.5.29.14", constraints = "2.5.29.19",
                           authority_key_id = "2.5.29.35", crl_points = "2.5.29.31";

Buffer wrapped(unsigned tag, const Buffer& inner) {
    Buffer der = bytes_from({tag, static_cast<unsigned>(inner.size())});
    der.insert(der.end(), inner.begin(), inner.end());
    return der;
}

Buffer crl_points_of(Product product) {
    const std::string uri = formatted("https://kdsintf.amd.com/vcek/v1/{}/crl", name_of(product));
    const Bytes text = std::as_bytes(std::span{uri});
    return wrapped(0x30,
                   wrapped(0x30, wrapped(0xa0, wrapped(0xa0, wrapped(0x86, {text.begin(), text.end()})))));
}

Buffer key_id(unsigned value, unsigned tag) {
    return wrapped(tag, Buffer(20, static_cast<std::byte>(value)));
}

crypto::Name amd_name(std::string common_name) {
    return {{"OU", "Engineering"},
            {"C", "US"},
            {"L", "Santa Clara"},
            {"ST", "CA"},
            {"O", "Advanced Micro Devices"},
            {"CN", std::move(common_name)},
            {std::string{emulated_mark_type}, std::string{emulated_mark}}};
}

constexpr std::int64_t year = 31'556'952, from_2020 = 50 * year, until_2045 = 75 * year;

CertificateSpec intermediate(Product product, std::string_view prefix) {
    CertificateSpec spec{.subject = amd_name(formatted("{}{}", prefix, name_of(product))),
                         .issuer = amd_name(formatted("ARK-{}", name_of(product))),
                         .serial = 0x20002,
                         .not_before = from_2020,
                         .not_after = until_2045,
                         .key_pem = std::string{ask_key_pem},
                         .signer_pem = std::string{ark_key_pem}};
    spec.extensions = {{std::string{subject_key_id}, false, key_id(2, 0x04)},
                       {std::string{authority_key_id}, false, wrapped(0x30, key_id(1, 0x80))},
                       {std::string{constraints}, true, bytes_from({0x30, 6, 1, 1, 0xff, 2, 1, 0})},
                       {std::string{key_usage}, true, bytes_from({3, 2, 2, 4})},
                       {std::string{crl_points}, false, crl_points_of(product)}};
    return spec;
}

CertificateSpec key_spec(Product product, const TcbParts& tcb, std::string_view name,
                         std::string_view issuer) {
    CertificateSpec spec{.subject = amd_name(std::string{name}),
                         .issuer = amd_name(formatted("{}{}", issuer, name_of(product))),
                         .not_before = from_2020,
                         .not_after = until_2045,
                         .key_pem = std::string{crypto::id_key_pem},
                         .signer_pem = std::string{ask_key_pem}};
    const auto add = [&](std::string_view id, Buffer value) {
        spec.extensions.push_back({formatted("{}{}", amd_extension, id), false, std::move(value)});
    };
    add("1", der_integer(product == Product::Turin ? 1 : 0));
    add("2", der_text(product == Product::Milan ? "Milan-B1" : name_of(product)));
    add("3.1", der_integer(tcb.bootloader));
    add("3.2", der_integer(tcb.tee));
    if (product != Product::Turin) add("3.4", der_integer(0));
    for (const std::string_view spare : {"3.5", "3.6", "3.7"}) add(spare, der_integer(0));
    add("3.3", der_integer(tcb.snp));
    add("3.8", der_integer(tcb.microcode));
    if (tcb.fmc) add("3.9", der_integer(*tcb.fmc));
    return spec;
}

}  // namespace

crypto::Extension& CertificateSpec::extension(std::string_view oid) {
    const auto found = std::ranges::find(extensions, oid, &crypto::Extension::oid);
    if (found == extensions.end()) std::abort();
    return *found;
}

void CertificateSpec::remove(std::string_view oid) {
    std::erase_if(extensions, [&](const auto& extension) { return extension.oid == oid; });
}

Buffer make_certificate(const CertificateSpec& spec) {
    const Owned<X509, X509_free> certificate{must_have(X509_new())};
    X509* const to = certificate.get();
    must(X509_set_version(to, spec.version - 1));
    must(ASN1_INTEGER_set_int64(X509_get_serialNumber(to), spec.serial));
    must(X509_set_subject_name(to, name_from(spec.subject).get()));
    must(X509_set_issuer_name(to, name_from(spec.issuer).get()));
    must_have(ASN1_TIME_set(X509_getm_notBefore(to), spec.not_before));
    must_have(ASN1_TIME_set(X509_getm_notAfter(to), spec.not_after));
    must(X509_set_pubkey(to, read_key(spec.key_pem).get()));
    for (const auto& extension : spec.extensions) add_extension(to, extension);
    sign(to, spec);
    unsigned char* der = nullptr;
    const int bytes = i2d_X509(to, &der);
    if (bytes <= 0) std::abort();
    Buffer made(reinterpret_cast<std::byte*>(der), reinterpret_cast<std::byte*>(der) + bytes);
    OPENSSL_free(der);
    return made;
}

Buffer chip_id_of(Product product) {
    Buffer id;
    for (unsigned i = 0; i < (product == Product::Turin ? 8u : 64u); ++i)
        id.push_back(static_cast<std::byte>(0x41 + i));
    return id;
}

CertificateSpec ark_spec(Product product) {
    CertificateSpec spec = intermediate(product, "ARK-");
    spec.key_pem = ark_key_pem;
    spec.serial = 0x20000;
    spec.remove(authority_key_id);
    spec.extension(subject_key_id).value = key_id(1, 0x04);
    spec.extension(constraints).value = bytes_from({0x30, 3, 1, 1, 0xff});
    spec.extension(key_usage).value = bytes_from({3, 2, 1, 6});
    return spec;
}
CertificateSpec ask_spec(Product product) { return intermediate(product, "SEV-"); }
CertificateSpec asvk_spec(Product product) { return intermediate(product, "SEV-VLEK-"); }

CertificateSpec vcek_spec(Product product, const TcbParts& tcb) {
    CertificateSpec spec = key_spec(product, tcb, "SEV-VCEK", "SEV-");
    spec.extensions.push_back({formatted("{}4", amd_extension), false, chip_id_of(product)});
    return spec;
}
CertificateSpec vlek_spec(Product product, const TcbParts& tcb) {
    CertificateSpec spec = key_spec(product, tcb, "SEV-VLEK", "SEV-VLEK-");
    spec.extensions.push_back({formatted("{}5", amd_extension), false, der_text("CN=cloud.example")});
    return spec;
}

Buffer der_integer(unsigned value) {
    return value < 0x80 ? bytes_from({2, 1, value}) : bytes_from({2, 2, 0, value});
}
Buffer der_text(std::string_view text) {
    const Bytes bytes = std::as_bytes(std::span{text});
    return wrapped(0x16, {bytes.begin(), bytes.end()});
}
Buffer bytes_from(std::initializer_list<unsigned> values) {
    Buffer bytes;
    for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
    return bytes;
}

}  // namespace tools::attestation
