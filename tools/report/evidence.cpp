// SPDX-License-Identifier: MIT
#include "tools/report/evidence.hpp"

#include "tools/report/key_extensions.hpp"

namespace tools::attestation {

Evidence::Chain Evidence::chain() const {
    const auto key = abi::signing_key_of(report.raw.flags);
    const bool is_vlek = key == abi::ReportKey::Vlek;
    const auto one = [&](Role role) {
        const auto& certificate = certificates[role];
        return certificate ? &*certificate : nullptr;
    };
    Chain chain{one(Role::Ark), nullptr, nullptr, is_vlek ? Role::Asvk : Role::Ask,
                is_vlek ? Role::Vlek : Role::Vcek};
    chain.intermediate = one(chain.intermediate_role);
    chain.key = one(chain.key_role);
    // A root that was given by hand may be the only copy of it.
    if (chain.ark == nullptr && demands.root) chain.ark = &*demands.root;
    return chain;
}

std::optional<Product> Evidence::product() const {
    if (report.product) return report.product;
    const Chain links = chain();
    if (links.key == nullptr) return std::nullopt;
    const auto extensions = key_extensions_of(*links.key);
    return extensions ? std::optional{extensions->product} : std::nullopt;
}

}  // namespace tools::attestation
