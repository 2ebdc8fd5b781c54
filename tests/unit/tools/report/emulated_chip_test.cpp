// SPDX-License-Identifier: MIT
// The key chain of the emulated chips, as it lies in snpemu/chip: the program's own checks take it, and it is marked.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/tools/report/emulated_chip.hpp"
#include "tools/report/check.hpp"
#include "tools/report/key_extensions.hpp"
#include "tools/report/roots.hpp"

namespace tools::attestation {
namespace {

class EmulatedChip : public testing::TestWithParam<Product> {
protected:
    EmulatedChip() { evidence.demands.accepts_emulated = true; }
    const ChipFolder chip{GetParam()};
    Evidence evidence{*parse(bytes_of_object(good_report(GetParam(), 3)), "r"), chip.certificates(), {}};
};

TEST_P(EmulatedChip, has_a_chain_that_holds_in_each_check) {
    constexpr std::int64_t year = 31'556'952;
    for (const std::int64_t year_number : {2023, 2026, 2099}) {
        evidence.demands.now = (year_number - 1970) * year;
        for (const auto checks : {root_checks(), chain_checks()})
            for (const Check& check : checks) {
                const Finding finding = check.judge(evidence);
                EXPECT_EQ(finding.outcome, Outcome::Holds) << check.what << ": " << finding.why;
            }
    }
}

TEST_P(EmulatedChip, is_marked_in_each_subject) {
    for (const Role role : {Role::Ark, Role::Ask, Role::Vcek})
        EXPECT_TRUE(is_marked_emulated(*evidence.certificates[role])) << name_of(role);
}

TEST_P(EmulatedChip, is_refused_where_it_was_not_asked_for) {
    evidence.demands.accepts_emulated = false;
    const Verdict verdict = verify(evidence);
    EXPECT_FALSE(verdict.is_good);
    EXPECT_NE(failed_checks(verdict).find("root"), std::string::npos);
}

/// What snpemu/chip/README.md says, and what the AMD-SP must therefore put into its reports.
TEST_P(EmulatedChip, has_its_tcb_and_id_in_the_certificate) {
    const auto extensions = key_extensions_of(*evidence.certificates[Role::Vcek]);
    ASSERT_TRUE(extensions) << extensions.error().sentence;
    EXPECT_EQ(extensions->product, GetParam());
    EXPECT_EQ(extensions->tcb, parts_of(emulated_tcb(GetParam()), GetParam()));
    EXPECT_EQ(extensions->chip_id, emulated_chip_id(GetParam()));
}

/// The number and the PEM file are one key, the one in the certificate.
TEST_P(EmulatedChip, signs_with_the_key_of_its_certificate) {
    const Buffer message = bytes_from({1, 2, 3});
    const auto& certificate = *evidence.certificates[Role::Vcek];
    EXPECT_TRUE(certificate.has_signed(message, chip.key().sign(message)));
    const Buffer number = chip.file("vcek.bin"), der = chip.key_der();
    ASSERT_EQ(number.size(), sizeof(crypto::P384Number));
    EXPECT_FALSE(std::ranges::search(der, number).empty());
}

INSTANTIATE_TEST_SUITE_P(Chips, EmulatedChip, testing::Values(Product::Genoa, Product::Milan),
                         [](const auto& chip) { return std::string{name_of(chip.param)}; });

}  // namespace
}  // namespace tools::attestation
