// SPDX-License-Identifier: MIT
// Which certificates there are, whose root stands at their beginning, and how they are called.
#include <algorithm>
#include <array>

#include "tools/report/check.hpp"
#include "tools/report/roots.hpp"

namespace tools::attestation {
namespace {

using crypto::Certificate;

Finding certificates_are_there(const Evidence& e) {
    if (!e.certificates.fault.empty()) return fails(e.certificates.fault);
    const auto chain = e.chain();
    const auto missing = chain.key == nullptr            ? chain.key_role
                         : chain.intermediate == nullptr ? chain.intermediate_role
                                                         : Role::Ark;
    if (!chain.is_complete())
        return fails(
            formatted("there is no {} among them, and the flags of the report ask for it", name_of(missing)));
    return holds(
        formatted("ARK, {} and {} are there", name_of(chain.intermediate_role), name_of(chain.key_role)));
}

Finding root_given_by_hand(const Certificate& ark, const Certificate& root) {
    if (ark.facts().key_sha256 != root.facts().key_sha256)
        return fails(formatted("the ARK in {} has another key than {}", ark.name(), root.name()));
    return holds(formatted("{} has the key of {}, which you trust",
                           crypto::only_value(ark.facts().subject, "CN"), root.name()));
}

Finding root_is_trusted(const Evidence& e) {
    const auto chain = e.chain();
    if (chain.ark == nullptr) return no_chain();
    if (e.demands.root) return root_given_by_hand(*chain.ark, *e.demands.root);
    const std::string name = crypto::only_value(chain.ark->facts().subject, "CN");
    if (const auto product = amd_root_of(*chain.ark)) {
        if (name != formatted("ARK-{}", name_of(*product)))
            return fails(formatted("AMD's key for {} is in a certificate for '{}'", name_of(*product), name));
        return holds(formatted("{} has AMD's key, SHA-256 {}...", name,
                               crypto::hex(chain.ark->facts().key_sha256).substr(0, 16)));
    }
    if (!is_marked_emulated(*chain.ark))
        return fails(formatted("{} does not have AMD's key; if you trust it, name it with --root", name));
    if (!e.demands.accepts_emulated)
        return fails("the chip is emulated, and its key is public; --emulated accepts that");
    return holds("it belongs to an emulated chip, as --emulated allows");
}

Finding marks_agree(const Evidence& e) {
    const auto chain = e.chain();
    if (!chain.is_complete()) return no_chain();
    const std::array all{chain.ark, chain.intermediate, chain.key};
    const auto marked = std::ranges::count_if(all, [](const auto* c) { return is_marked_emulated(*c); });
    if (marked != 0 && marked != static_cast<std::ptrdiff_t>(all.size()))
        return fails("some subjects are marked as those of an emulated chip, and others are not");
    return holds(marked == 0 ? "no subject is marked as emulated" : "all subjects are marked as emulated");
}

/// AMD's attributes, each once; the mark of an emulated chip may stand beside them.
bool is_amd_name(const crypto::Name& name) {
    const std::array<crypto::NameAttribute, 5> expected{{{"OU", "Engineering"},
                                                         {"C", "US"},
                                                         {"L", "Santa Clara"},
                                                         {"ST", "CA"},
                                                         {"O", "Advanced Micro Devices"}}};
    const bool has_all = std::ranges::all_of(
        expected, [&](const auto& a) { return crypto::only_value(name, a.type) == a.value; });
    const bool has_mark = crypto::only_value(name, emulated_mark_type) == emulated_mark;
    return has_all && !crypto::only_value(name, "CN").empty() &&
           name.size() == expected.size() + 1 + (has_mark ? 1 : 0);
}

Finding names_are_amds(const Evidence& e) {
    const auto chain = e.chain();
    if (!chain.is_complete()) return no_chain();
    for (const Certificate* certificate : {chain.ark, chain.intermediate, chain.key})
        if (!is_amd_name(certificate->facts().subject))
            return fails(formatted("the subject in {} is not made as AMD makes them", certificate->name()));
    return holds("subjects are made as AMD makes them");
}

Finding issuers_fit(const Evidence& e) {
    const auto chain = e.chain();
    if (!chain.is_complete()) return no_chain();
    const std::array links{std::pair{chain.ark, chain.ark}, std::pair{chain.intermediate, chain.ark},
                           std::pair{chain.key, chain.intermediate}};
    for (const auto& [certificate, issuer] : links)
        if (certificate->facts().issuer != issuer->facts().subject)
            return fails(formatted("{} names another issuer than '{}'", certificate->name(),
                                   crypto::only_value(issuer->facts().subject, "CN")));
    return holds("each certificate names the one above it");
}

constexpr std::array checks{
    Check{"certificates", certificates_are_there},
    Check{"root", root_is_trusted},
    Check{"emulated marks", marks_agree},
    Check{"names", names_are_amds},
    Check{"issuers", issuers_fit},
};

}  // namespace

Finding holds(std::string why) { return {Outcome::Holds, std::move(why)}; }
Finding fails(std::string why) { return {Outcome::Fails, std::move(why)}; }
Finding not_asked(std::string why) { return {Outcome::NotAsked, std::move(why)}; }
Finding no_chain() { return not_asked("the chain is not complete"); }

std::span<const Check> root_checks() { return checks; }

}  // namespace tools::attestation
