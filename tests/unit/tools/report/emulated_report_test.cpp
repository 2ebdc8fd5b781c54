// SPDX-License-Identifier: MIT
// Reports that an emulated chip's key has signed: each that the AMD-SP makes is believed, and only where it was asked for.
#include <gtest/gtest.h>

#include "tests/unit/tools/report/emulated_chip.hpp"

namespace tools::attestation {
namespace {

/// A chip is read once: its RSA signatures are the same in each case.
const ChipFolder& chip(Product product) {
    static const ChipFolder genoa{Product::Genoa}, milan{Product::Milan};
    return product == Product::Milan ? milan : genoa;
}

class EmulatedReport : public testing::TestWithParam<Asked> {
protected:
    EmulatedReport() {
        const Raw raw = emulated_report(GetParam());
        demands.vmpl = GetParam().vmpl;
        demands.image = ExpectedImage{.name = "demo.igvm", .digest = {}, .policy = raw.policy};
        std::memcpy(demands.image->digest.data(), raw.measurement, sizeof raw.measurement);
        demands.nonce = Buffer(64);
        std::memcpy(demands.nonce->data(), raw.report_data, sizeof raw.report_data);
        demands.floor = *parse_floor(built_in_floor(), "floor.txt");
        demands.now = 1'800'000'000;
    }
    [[nodiscard]] Verdict verdict() const { return verify({*parse(bytes, "r"), certificates, demands}); }
    /// Lines of the text before the verdict.
    [[nodiscard]] static std::string before_verdict(const Verdict& verdict) {
        const std::string text = text_of(verdict);
        return text.substr(0, text.rfind("\nverdict: "));
    }

    const Certificates certificates = chip(GetParam().product).certificates();
    Buffer bytes = signed_report(emulated_report(GetParam()), chip(GetParam().product).key());
    Demands demands{};
};

TEST_P(EmulatedReport, is_believed_with_emulated_or_with_its_root) {
    demands.accepts_emulated = true;
    const Verdict by_option = verdict();
    EXPECT_EQ(failed_checks(by_option), "") << text_of(by_option);
    EXPECT_NE(before_verdict(by_option).find("\nEMULATED: "), std::string::npos);
    demands.accepts_emulated = false;
    demands.root = certificates[Role::Ark];
    const Verdict by_root = verdict();
    EXPECT_EQ(failed_checks(by_root), "") << text_of(by_root);
    EXPECT_NE(before_verdict(by_root).find("\nEMULATED: "), std::string::npos);
}

TEST_P(EmulatedReport, is_refused_by_name_without_them) {
    const Verdict refusal = verdict();
    EXPECT_EQ(failed_checks(refusal), "root");
    EXPECT_EQ(first_reason(refusal), "the chip is emulated, and its key is public; --emulated accepts that");
    EXPECT_NE(before_verdict(refusal).find("\nEMULATED: "), std::string::npos);
}

TEST_P(EmulatedReport, of_another_level_or_chip_is_refused) {
    demands.accepts_emulated = true;
    demands.vmpl = 1 - GetParam().vmpl;
    EXPECT_EQ(failed_checks(verdict()), "VMPL");
    demands.vmpl = GetParam().vmpl;
    const Product other = GetParam().product == Product::Genoa ? Product::Milan : Product::Genoa;
    const Verdict refusal = verify({*parse(bytes, "r"), chip(other).certificates(), demands});
    EXPECT_NE(failed_checks(refusal).find("signature"), std::string::npos) << text_of(refusal);
    EXPECT_NE(failed_checks(refusal).find("chip"), std::string::npos) << text_of(refusal);
}

INSTANTIATE_TEST_SUITE_P(Matrix, EmulatedReport, testing::ValuesIn(matrix()),
                         [](const auto& asked) { return name_of(asked.param); });

}  // namespace
}  // namespace tools::attestation
