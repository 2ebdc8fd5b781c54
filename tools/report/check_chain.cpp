// SPDX-License-Identifier: MIT
// From the root to the key of the chip: what each certificate may do, and that the one above has signed it.
#include <algorithm>
#include <array>

#include "tools/report/check.hpp"

namespace tools::attestation {
namespace {

using crypto::Certificate;

Finding algorithms_are_amds(const Evidence& e) {
    const auto chain = e.chain();
    if (!chain.is_complete()) return no_chain();
    using crypto::KeyKind;
    if (chain.ark->facts().key != KeyKind::Rsa4096 || chain.intermediate->facts().key != KeyKind::Rsa4096)
        return fails("the keys of ARK and ASK are not RSA of 4096 bits");
    if (chain.key->facts().key != KeyKind::P384)
        return fails(formatted("the key of the {} is not of the curve P-384", name_of(chain.key_role)));
    for (const Certificate* certificate : {chain.ark, chain.intermediate, chain.key})
        if (certificate->facts().signature != crypto::SignatureKind::PssSha384)
            return fails(formatted("{} is not signed with RSASSA-PSS, SHA-384 and a salt of 48 bytes",
                                   certificate->name()));
    return holds("RSA 4096, P-384, RSASSA-PSS with SHA-384");
}

constexpr std::string_view subject_key_id = "2.5.29.14", key_usage = "2.5.29.15", constraints = "2.5.29.19",
                           crl_points = "2.5.29.31", authority_key_id = "2.5.29.35";

/// An extension without a meaning to us may limit what the certificate is for.
bool has_only_known_extensions(const Certificate& certificate) {
    constexpr std::array known{subject_key_id, key_usage, constraints, crl_points, authority_key_id};
    return std::ranges::all_of(certificate.facts().extensions, [&](const auto& extension) {
        return std::ranges::find(known, extension.oid) != known.end();
    });
}

Finding rights_are_right(const Evidence& e) {
    const auto chain = e.chain();
    if (!chain.is_complete()) return no_chain();
    constexpr std::int64_t version = 3;
    for (const Certificate* certificate : {chain.ark, chain.intermediate, chain.key})
        if (certificate->facts().version != version)
            return fails(formatted("{} is not of version 3", certificate->name()));
    for (const Certificate* certificate : {chain.ark, chain.intermediate}) {
        const auto& facts = certificate->facts();
        const bool may_sign =
            facts.is_ca && (facts.key_usage.value_or(0) & crypto::KeyUsage::certificate_sign) != 0;
        if (!may_sign) return fails(formatted("{} may not sign certificates", certificate->name()));
        if (!has_only_known_extensions(*certificate))
            return fails(formatted("{} has extensions that AMD's do not have", certificate->name()));
    }
    if (chain.intermediate->facts().path_length != 0)
        return fails(formatted("the path length of the {} is not 0", name_of(chain.intermediate_role)));
    if (chain.key->facts().is_ca)
        return fails(formatted("the {} may sign certificates", name_of(chain.key_role)));
    return holds("ARK and ASK sign certificates, the key of the chip does not");
}

Finding is_valid_now(const Evidence& e) {
    const auto chain = e.chain();
    if (!chain.is_complete()) return no_chain();
    for (const Certificate* certificate : {chain.ark, chain.intermediate, chain.key}) {
        if (e.demands.now < certificate->facts().not_before)
            return fails(
                formatted("{} is not valid yet; is the clock of this computer right?", certificate->name()));
        if (e.demands.now > certificate->facts().not_after)
            return fails(formatted("{} is not valid any more", certificate->name()));
    }
    return holds("all three are valid today");
}

Finding signed_by(const Certificate* certificate, const Certificate* issuer, std::string_view what) {
    if (certificate == nullptr || issuer == nullptr) return no_chain();
    if (!certificate->is_signed_by(*issuer))
        return fails(formatted("the key of '{}' did not sign {}",
                               crypto::only_value(issuer->facts().subject, "CN"), certificate->name()));
    return holds(formatted("signed by {}", what));
}
Finding ark_is_signed(const Evidence& e) { return signed_by(e.chain().ark, e.chain().ark, "itself"); }
Finding intermediate_is_signed(const Evidence& e) {
    return signed_by(e.chain().intermediate, e.chain().ark, "the ARK");
}
Finding key_is_signed(const Evidence& e) {
    const auto chain = e.chain();
    return signed_by(chain.key, chain.intermediate, formatted("the {}", name_of(chain.intermediate_role)));
}

constexpr std::array checks{
    Check{"algorithms", algorithms_are_amds}, Check{"certificate rights", rights_are_right},
    Check{"validity", is_valid_now},          Check{"ARK", ark_is_signed},
    Check{"ASK", intermediate_is_signed},     Check{"VCEK", key_is_signed},
};

}  // namespace

std::span<const Check> chain_checks() { return checks; }

}  // namespace tools::attestation
