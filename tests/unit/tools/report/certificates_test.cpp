// SPDX-License-Identifier: MIT
// Certificates in each of the forms that people and hosts have them in.
#include "tools/report/certificates.hpp"

#include <gtest/gtest.h>

#include <openssl/pem.h>

#include "tests/unit/own_folder.hpp"
#include "tests/unit/tools/report/scene.hpp"
#include "tests/unit/tools/report/table_maker.hpp"
#include "tools/crypto/openssl.hpp"

namespace tools::attestation {
namespace {

struct Ders {
    Buffer ark = make_certificate(ark_spec(Product::Genoa)), ask = make_certificate(ask_spec(Product::Genoa)),
           vcek = make_certificate(vcek_spec(Product::Genoa, good_tcb(Product::Genoa)));
};
const Ders& ders() {
    static const Ders all;
    return all;
}

Buffer pem_of(const std::vector<Buffer>& all) {
    const crypto::Bio bio{BIO_new(BIO_s_mem())};
    for (const Buffer& der : all)
        EXPECT_GT(
            PEM_write_bio(bio.get(), PEM_STRING_X509, "", reinterpret_cast<const unsigned char*>(der.data()),
                          static_cast<long>(der.size())),
            0);
    char* text = nullptr;
    const long bytes = BIO_get_mem_data(bio.get(), &text);
    const auto* const data = reinterpret_cast<const std::byte*>(text);
    return {data, data + bytes};
}

void expect_chain(const Certificates& found) {
    EXPECT_EQ(found.fault, "");
    ASSERT_TRUE(found[Role::Ark] && found[Role::Ask] && found[Role::Vcek]);
    EXPECT_EQ(found[Role::Ark]->der(), ders().ark);
    EXPECT_EQ(found[Role::Ask]->der(), ders().ask);
    EXPECT_EQ(found[Role::Vcek]->der(), ders().vcek);
}

std::string fault_of(const Buffer& bytes) {
    Certificates found;
    take_certificates(bytes, "c", found);
    return found.fault;
}

TEST(Certificates, are_found_in_a_folder) {
    const OwnFolder folder;
    ASSERT_TRUE(write_file(folder / "chain.pem", pem_of({ders().ask, ders().ark})));
    ASSERT_TRUE(write_file(folder / "vcek.der", ders().vcek));
    ASSERT_TRUE(write_file(folder / "report.bin", bytes_from({1, 2, 3})));
    expect_chain(*read_certificates(folder.path()));
}

TEST(Certificates, are_found_in_one_pem_file) {
    const OwnFolder folder;
    ASSERT_TRUE(write_file(folder / "all", pem_of({ders().vcek, ders().ask, ders().ark})));
    expect_chain(*read_certificates(folder / "all"));
}

TEST(Certificates, are_found_in_a_hosts_table) {
    const Guid platform_info = guid("ecae0c0f-9502-43b1-afa2-0ae2e0d565b6");
    Certificates found;
    take_certificates(make_table({{abi::vcek_guid, ders().vcek},
                                  {abi::ask_guid, ders().ask},
                                  {platform_info, bytes_from({8, 0, 0, 0, 1, 2, 3, 4})},
                                  {abi::ark_guid, pem_of({ders().ark})}}),
                      "t", found);
    expect_chain(found);
}

TEST(Certificates, may_come_twice_when_they_are_equal) {
    Certificates found;
    take_certificates(pem_of({ders().ask, ders().ark}), "a", found);
    take_certificates(pem_of({ders().vcek, ders().ask, ders().ark}), "b", found);
    expect_chain(found);
}

TEST(Certificates, of_a_host_without_any_are_none) {
    Certificates found;
    take_certificates(Buffer(4096), "t", found);
    EXPECT_EQ(found.fault, "");
    EXPECT_FALSE(found[Role::Vcek]);
}

TEST(CertificatesFault, says_what_does_not_parse) {
    EXPECT_EQ(fault_of({}), "c is no X.509 certificate");
    EXPECT_EQ(fault_of(bytes_from({0x30, 0x03, 2, 1, 0})), "c is no X.509 certificate");
    Buffer longer = ders().vcek;
    longer.push_back({});
    EXPECT_EQ(fault_of(longer), "c has 1 bytes behind the certificate");
    // The length of the whole in five bytes where DER has four.
    Buffer wide = ders().vcek;
    wide[1] = std::byte{0x83};
    wide.insert(wide.begin() + 2, std::byte{});
    EXPECT_EQ(fault_of(wide), "c is not encoded in DER");
    Buffer text = pem_of({ders().ark});
    text[100] = std::byte{'!'};
    EXPECT_EQ(fault_of(text), "c has a damaged PEM block");
    EXPECT_EQ(fault_of(make_table({{abi::vcek_guid, bytes_from({1})}})), "c (VCEK) is no X.509 certificate");
}

TEST(CertificatesFault, says_when_the_table_lies_about_a_name) {
    EXPECT_EQ(fault_of(make_table({{abi::vcek_guid, ders().ark}})),
              "c (VCEK): the table calls the certificate of 'ARK-Genoa' the VCEK");
}

TEST(CertificatesFault, says_when_a_name_is_none_of_amds) {
    CertificateSpec spec = ark_spec(Product::Genoa);
    for (const char* const name : {"ARK-Naples", "AMD-Genoa", "SEV-VCEK2", "VCEK"}) {
        spec.subject[5].value = name;
        EXPECT_EQ(fault_of(make_certificate(spec)),
                  formatted("c: no certificate of AMD's chain is called '{}'", name));
    }
}

TEST(CertificatesFault, says_when_an_extension_comes_twice) {
    CertificateSpec spec = vcek_spec(Product::Genoa, good_tcb(Product::Genoa));
    spec.extensions.push_back(spec.extensions.front());
    EXPECT_EQ(fault_of(make_certificate(spec)), "c has the extension 1.3.6.1.4.1.3704.1.1 twice");
}

TEST(ReadCertificates, refuses_a_path_that_holds_none) {
    const OwnFolder folder;
    EXPECT_NE(read_certificates(folder.path()).error().sentence.find("has no file that ends in .pem"),
              std::string::npos);
    EXPECT_NE(read_certificates(folder / "nosuch").error().sentence.find("cannot read"), std::string::npos);
}

}  // namespace
}  // namespace tools::attestation
