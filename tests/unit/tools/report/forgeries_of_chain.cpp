// SPDX-License-Identifier: MIT
#include "tests/unit/tools/crypto/keys.hpp"
#include "tests/unit/tools/report/forgeries.hpp"
#include "tests/unit/tools/report/keys.hpp"

namespace tools::attestation {
namespace {

template <Role role>
void take_away(Scene& s) {
    s.handed_over = [](Certificates& all) { all.by_role[static_cast<std::size_t>(role)].reset(); };
}
void no_ark(Scene& s) {
    take_away<Role::Ark>(s);
    s.demands.root.reset();
}
void damaged(Scene& s) {
    s.handed_over = [](Certificates& all) { take_certificates(bytes_from({0x30, 1, 2}), "x.der", all); };
}
void two_keys(Scene& s) {
    s.handed_over = [](Certificates& all) {
        take_certificates(make_certificate(vcek_spec(Product::Genoa, good_tcb(Product::Genoa))), "second.der",
                          all);
    };
}

void unknown_root(Scene& s) {
    for (CertificateSpec* spec : {&s.ark, &s.ask, &s.key}) {
        spec->subject.pop_back();
        spec->issuer.pop_back();
    }
    s.demands.root.reset();
}
void emulated_root(Scene& s) { s.demands.root.reset(); }
void another_root(Scene& s) {
    s.demands.root = *crypto::Certificate::from_der(make_certificate(ask_spec(s.product)), "root.pem");
}

void mark_on_some(Scene& s) { s.key.subject.pop_back(); }
void another_firm(Scene& s) { s.key.subject[4].value = "Advanced Micro Devices, Inc."; }
void two_units(Scene& s) { s.key.subject.push_back({"OU", "Engineering"}); }
void another_issuer(Scene& s) { s.key.issuer[5].value = "SEV-Milan"; }
void issuer_of_ask(Scene& s) { s.ask.issuer[5].value = "SEV-Genoa"; }

constexpr std::string_view p256_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgz4lLVwcUQuSB9E90\n"
    "9brLoTY9/CU2O64/V0wJJi3IZwihRANCAARZgCK3fXP6GefEafmHZIa9N1ltO0t7\n"
    "QD81pT7t/FgcednZfM7yMU6bEOt4degLPNmgptcGHFBIumRS26i3D+cj\n"
    "-----END PRIVATE KEY-----\n";
void small_curve(Scene& s) { s.key.key_pem = p256_pem; }
void old_padding(Scene& s) { s.key.is_pss = false; }
void short_salt(Scene& s) { s.ask.salt_bytes = 20; }
void short_hash(Scene& s) { s.key.digest = "SHA256"; }

constexpr std::string_view constraints = "2.5.29.19", key_usage = "2.5.29.15";
void ark_is_no_ca(Scene& s) { s.ark.remove(constraints); }
void ask_only_signs_lists(Scene& s) { s.ask.extension(key_usage).value = bytes_from({3, 2, 1, 2}); }
void ask_without_usage(Scene& s) { s.ask.remove(key_usage); }
void longer_path(Scene& s) {
    s.ask.extension(constraints).value = bytes_from({0x30, 6, 1, 1, 0xff, 2, 1, 1});
}
void no_path_length(Scene& s) { s.ask.extension(constraints).value = bytes_from({0x30, 3, 1, 1, 0xff}); }
void unknown_extension(Scene& s) { s.ask.extensions.push_back({"1.2.3.4", true, bytes_from({5, 0})}); }
void version_2(Scene& s) { s.ark.version = 2; }

/// A day: the judges of tests/judges look at the clock themselves, and later.
constexpr std::int64_t day = 86'400;
void not_yet(Scene& s) { s.key.not_before = s.demands.now + day; }
void not_any_more(Scene& s) { s.ask.not_after = s.demands.now - day; }

void ark_by_another(Scene& s) { s.ark.signer_pem = ask_key_pem; }
void ask_by_itself(Scene& s) { s.ask.signer_pem = ask_key_pem; }
void key_by_the_ark(Scene& s) { s.key.signer_pem = ark_key_pem; }

}  // namespace

std::vector<Forgery> forgeries_of_chain() {
    return {
        {"no VCEK", take_away<Role::Vcek>, "certificates", "there is no VCEK among them"},
        {"no ASK", take_away<Role::Ask>, "certificates", "there is no ASK among them"},
        {"no ARK", no_ark, "certificates", "there is no ARK among them"},
        {"a damaged certificate beside them", damaged, "certificates", "x.der is no X.509 certificate"},
        {"two that differ", two_keys, "certificates", "vcek.der and second.der both hold the VCEK"},
        {"a root of anybody's", unknown_root, "root", "ARK-Genoa does not have AMD's key"},
        {"an emulated chip", emulated_root, "root", "the chip is emulated"},
        {"another root than was named", another_root, "root", "has another key than root.pem"},
        {"marked in part", mark_on_some, "emulated marks", "some subjects are marked"},
        {"of another firm", another_firm, "names", "the subject in vcek.der"},
        {"a unit twice", two_units, "names", "the subject in vcek.der"},
        {"a VCEK that names another ASK", another_issuer, "issuers",
         "vcek.der names another issuer than 'SEV-Genoa'"},
        {"an ASK that names itself", issuer_of_ask, "issuers",
         "ask.der names another issuer than 'ARK-Genoa'"},
        {"a VCEK of P-256", small_curve, "algorithms, signature",
         "the key of the VCEK is not of the curve P-384"},
        {"PKCS#1 version 1.5", old_padding, "algorithms", "vcek.der is not signed with RSASSA-PSS"},
        {"a salt of 20 bytes", short_salt, "algorithms", "ask.der is not signed with RSASSA-PSS"},
        {"SHA-256", short_hash, "algorithms", "vcek.der is not signed with RSASSA-PSS"},
        {"an ARK that is no authority", ark_is_no_ca, "certificate rights",
         "ark.der may not sign certificates"},
        {"an ASK for lists", ask_only_signs_lists, "certificate rights", "ask.der may not sign certificates"},
        {"an ASK without a usage", ask_without_usage, "certificate rights",
         "ask.der may not sign certificates"},
        {"a path of 1", longer_path, "certificate rights", "the path length of the ASK is not 0"},
        {"any path", no_path_length, "certificate rights", "the path length of the ASK is not 0"},
        {"an unknown extension", unknown_extension, "certificate rights", "ask.der has extensions"},
        {"certificates of version 2", version_2, "certificate rights", "ark.der is not of version 3"},
        {"a VCEK of tomorrow", not_yet, "validity", "vcek.der is not valid yet"},
        {"an ASK of yesterday", not_any_more, "validity", "ask.der is not valid any more"},
        {"an ARK that another key signed", ark_by_another, "ARK",
         "the key of 'ARK-Genoa' did not sign ark.der"},
        {"an ASK that signed itself", ask_by_itself, "ASK", "the key of 'ARK-Genoa' did not sign ask.der"},
        {"a VCEK that the ARK signed", key_by_the_ark, "VCEK",
         "the key of 'SEV-Genoa' did not sign vcek.der"},
    };
}

}  // namespace tools::attestation
