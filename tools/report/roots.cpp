// SPDX-License-Identifier: MIT
#include "tools/report/roots.hpp"

#include <algorithm>
#include <array>

namespace tools::attestation {
namespace {

/// SHA-256 of the SubjectPublicKeyInfo of AMD's root certificates, which AMD publishes at
/// https://kdsintf.amd.com/vcek/v1/PRODUCT/cert_chain. Computed from the copies in two verifiers of other people, which
/// agree; docs/attestation.md says how to compute it again. [docs/adr/0059-report-verifier.md]
struct Root {
    Product product;
    std::string_view key_sha256;
};
constexpr std::array roots{
    Root{Product::Milan, "9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9"},
    Root{Product::Genoa, "429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831"},
    Root{Product::Turin, "4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08"},
};

}  // namespace

std::optional<Product> amd_root_of(const crypto::Certificate& ark) {
    const std::string digits = crypto::hex(ark.facts().key_sha256);
    for (const Root& root : roots)
        if (root.key_sha256 == digits) return root.product;
    return std::nullopt;
}

bool is_marked_emulated(const crypto::Certificate& certificate) {
    return std::ranges::any_of(certificate.facts().subject, [](const crypto::NameAttribute& attribute) {
        return attribute.type == emulated_mark_type && attribute.value == emulated_mark;
    });
}

}  // namespace tools::attestation
