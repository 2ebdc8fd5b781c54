// SPDX-License-Identifier: MIT
// The report against the image that was meant, and against the nonce that was sent.
#include <algorithm>
#include <array>

#include "abi/snp/policy.hpp"
#include "tools/report/check.hpp"

namespace tools::attestation {
namespace {

using P = abi::GuestPolicy;

constexpr std::string_view no_image = "not compared; name the image with --image";

Finding measurement_is_the_images(const Evidence& e) {
    if (!e.demands.image) return not_asked(std::string{no_image});
    const ExpectedImage& image = *e.demands.image;
    const auto measurement = std::as_bytes(std::span{e.report.raw.measurement});
    if (!std::ranges::equal(measurement, image.digest))
        return fails(formatted("another program was launched than {}, whose digest is {}...", image.name,
                               crypto::hex(image.digest).substr(0, 16)));
    return holds(formatted("what was launched is {}", image.name));
}

/// A right that the host has by a policy, and a duty that the host or the chip has.
struct Bit {
    std::uint64_t mask;
    bool is_right;
    std::string_view what;
};
constexpr std::array policy_bits{
    Bit{P::Smt::mask, true, "sibling threads"},
    Bit{P::MigrateMa::mask, true, "a migration agent"},
    Bit{P::Debug::mask, true, "debugging"},
    Bit{P::CxlAllow::mask, true, "memory behind CXL"},
    Bit{P::SingleSocket::mask, false, "a single socket"},
    Bit{P::MemAes256Xts::mask, false, "AES-256-XTS"},
    Bit{P::RaplDisable::mask, false, "no energy counters"},
    Bit{P::CiphertextHiding::mask, false, "ciphertext hiding"},
    Bit{P::PageSwapDisable::mask, false, "pages that stay in place"},
};

/// The policy is the host's to pass on at the launch, and it is in no measurement.
Finding policy_is_the_images(const Evidence& e) {
    if (!e.demands.image) return not_asked(std::string{no_image});
    const std::uint64_t asked = e.demands.image->policy, got = e.report.raw.policy;
    for (const Bit& bit : policy_bits) {
        const bool in_asked = (asked & bit.mask) != 0, in_got = (got & bit.mask) != 0;
        if (bit.is_right && in_got && !in_asked)
            return fails(formatted("the policy allows {}, and the image does not", bit.what));
        if (!bit.is_right && in_asked && !in_got)
            return fails(formatted("the image asks for {}, and the policy does not", bit.what));
    }
    const auto version = [](std::uint64_t policy) {
        return P::AbiMajor::get(policy) << 8 | P::AbiMinor::get(policy);
    };
    if (version(got) < version(asked))
        return fails(formatted("the image asks for firmware {}.{}, and the policy for an older one",
                               P::AbiMajor::get(asked), P::AbiMinor::get(asked)));
    return holds("it gives the host no more than the image does");
}

Finding pages_stay(const Evidence& e) {
    if (!e.demands.image) return not_asked(std::string{no_image});
    if (!e.demands.image->relies_on_page_swap_disable)
        return holds("the image does not rely on it that pages stay");
    if (!P::PageSwapDisable::test(e.report.raw.policy))
        return fails("the host may move pages, and the image does not zero what it hands out");
    return holds("the host may not move pages, as the image needs it");
}

/// REPORT_DATA is the nonce, or with a manifest the SHA-512 of both. [SVSM "SVSM_ATTEST_SERVICES"]
Finding report_is_fresh(const Evidence& e) {
    if (!e.demands.nonce)
        return not_asked("not compared, so the report may be old; name your nonce with --nonce");
    const auto data = std::as_bytes(std::span{e.report.raw.report_data});
    if (!e.demands.manifest) {
        if (!std::ranges::equal(data, *e.demands.nonce))
            return fails("it is not the nonce; an SVSM's report needs --manifest as well");
        return holds("it is the nonce");
    }
    Buffer both = *e.demands.nonce;
    both.insert(both.end(), e.demands.manifest->begin(), e.demands.manifest->end());
    if (!std::ranges::equal(data, crypto::sha512(both)))
        return fails("it is not the SHA-512 of nonce and manifest");
    return holds("it is the SHA-512 of nonce and manifest");
}

constexpr std::array checks{
    Check{"measurement", measurement_is_the_images},
    Check{"policy", policy_is_the_images},
    Check{"page moves", pages_stay},
    Check{"report data", report_is_fresh},
};

}  // namespace

std::span<const Check> demand_checks() { return checks; }

}  // namespace tools::attestation
