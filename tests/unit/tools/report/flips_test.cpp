// SPDX-License-Identifier: MIT
// Every bit and every byte counts: one that is flipped is refused. By default a sample is tried; with the variable
// ADYTON_EVERY_FLIP in the environment, as in the long test report.every-flip, all of them.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/unit/tools/report/scene.hpp"

namespace tools::attestation {
namespace {

/// Primes, so that no column of a structure is left out.
std::size_t stride(std::size_t sample) { return std::getenv("ADYTON_EVERY_FLIP") != nullptr ? 1 : sample; }

TEST(Flips, of_any_bit_of_the_report_are_refused) {
    const Scene scene;
    const Buffer good = scene.signed_bytes();
    const Certificates certificates = scene.certificates();
    for (std::size_t bit = 0; bit < good.size() * 8; bit += stride(37)) {
        Buffer bytes = good;
        bytes[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
        const auto report = parse(bytes, "r");
        if (!report) continue;
        // The rest of the evidence is as good as before, so that only these two can see it: others may as well.
        const bool is_seen =
            !certificates[Role::Vcek]->has_signed(report->signed_bytes(), report->signature());
        EXPECT_TRUE(is_seen) << "bit " << bit;
    }
}

/// Certificates whose byte at `at` is flipped, all else as it was.
template <Role role>
void expect_all_seen(std::size_t sample) {
    const Scene scene;
    const Certificates good = scene.certificates();
    const Report report = *parse(scene.signed_bytes(), "r");
    const Buffer der = good[role]->der();
    for (std::size_t at = 0; at < der.size(); at += stride(sample)) {
        Buffer bytes = der;
        bytes[at] ^= std::byte{1};
        Certificates flipped = good;
        flipped.by_role[static_cast<std::size_t>(role)].reset();
        take_certificates(bytes, "flipped", flipped);
        EXPECT_FALSE(verify({report, flipped, scene.demands}).is_good) << name_of(role) << ", byte " << at;
    }
}

TEST(Flips, of_any_byte_of_the_ark_are_refused) { expect_all_seen<Role::Ark>(23); }
TEST(Flips, of_any_byte_of_the_ask_are_refused) { expect_all_seen<Role::Ask>(23); }
TEST(Flips, of_any_byte_of_the_vcek_are_refused) { expect_all_seen<Role::Vcek>(23); }

TEST(Flips, of_any_byte_of_the_root_that_is_the_only_copy_are_refused) {
    Scene scene;
    const Report report = *parse(scene.signed_bytes(), "r");
    Certificates without = scene.certificates();
    without.by_role[static_cast<std::size_t>(Role::Ark)].reset();
    const Buffer der = scene.demands.root->der();
    for (std::size_t at = 0; at < der.size(); at += stride(29)) {
        Buffer bytes = der;
        bytes[at] ^= std::byte{1};
        const auto root = crypto::Certificate::from_der(bytes, "root.pem");
        if (!root) continue;
        scene.demands.root = *root;
        EXPECT_FALSE(verify({report, without, scene.demands}).is_good) << "byte " << at;
    }
}

TEST(Flips, of_any_byte_of_nonce_and_manifest_are_refused) {
    Scene scene;
    scene.demands.manifest = Buffer(170, std::byte{0x5a});
    Buffer both = *scene.demands.nonce;
    both.insert(both.end(), scene.demands.manifest->begin(), scene.demands.manifest->end());
    const auto hash = crypto::sha512(both);
    std::memcpy(scene.raw.report_data, hash.data(), hash.size());
    const Report report = *parse(scene.signed_bytes(), "r");
    const auto is_fresh = [&](const Demands& demands) {
        for (const Check& check : demand_checks())
            if (check.what == "report data")
                return check.judge({report, {}, demands}).outcome == Outcome::Holds;
        return false;
    };
    ASSERT_TRUE(is_fresh(scene.demands));
    for (Buffer* const part : {&*scene.demands.nonce, &*scene.demands.manifest})
        for (std::byte& byte : *part) {
            byte ^= std::byte{1};
            EXPECT_FALSE(is_fresh(scene.demands));
            byte ^= std::byte{1};
        }
}

}  // namespace
}  // namespace tools::attestation
