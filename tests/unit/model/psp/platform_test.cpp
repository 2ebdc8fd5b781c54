// SPDX-License-Identifier: MIT
// Which policies LAUNCH_START grants.
#include "model/psp/platform.hpp"

#include "abi/snp/policy.hpp"
#include "tests/unit/reached.hpp"

namespace model::psp {
namespace {

using P = abi::GuestPolicy;
constexpr std::uint64_t usual = 0x3'0000;

std::string name_of(PolicyRefusal refusal) {
    switch (refusal) {
        case PolicyRefusal::ReservedBits: return "ReservedBits";
        case PolicyRefusal::Firmware: return "Firmware";
        case PolicyRefusal::Smt: return "Smt";
        case PolicyRefusal::CiphertextHiding: return "CiphertextHiding";
        case PolicyRefusal::MemoryCipher: return "MemoryCipher";
        case PolicyRefusal::Rapl: return "Rapl";
    }
    return "";
}

constexpr std::uint64_t version(std::uint64_t major, std::uint64_t minor) {
    return usual | P::AbiMajor::put(major) | P::AbiMinor::put(minor);
}

TEST(PspPolicy, is_granted_or_refused_for_each_reason) {
    constexpr auto granted = std::nullopt;
    Reached<PolicyRefusal, std::string (*)(PolicyRefusal)> table{name_of};
    const Platform plain;
    const auto row = [&](const char* what, std::uint64_t policy, std::optional<PolicyRefusal> why,
                         const Platform& platform) { table.row(what, check_policy(policy, platform), why); };
    row("the usual one", usual, granted, plain);
    row("what is only allowed",
        usual | P::Debug::mask | P::MigrateMa::mask | P::CxlAllow::mask | P::SingleSocket::mask |
            P::PageSwapDisable::mask,
        granted, plain);
    row("bit 17 is 0", P::Smt::mask, PolicyRefusal::ReservedBits, plain);
    row("bit 26", usual | 1ull << 26, PolicyRefusal::ReservedBits, plain);
    row("bit 63", usual | 1ull << 63, PolicyRefusal::ReservedBits, plain);
    row("this firmware", version(1, 55), granted, plain);
    row("an older one", version(0, 255), granted, plain);
    row("a minor version later", version(1, 56), PolicyRefusal::Firmware, plain);
    row("a major version later", version(2, 0), PolicyRefusal::Firmware, plain);
    row("no siblings", P::One::mask, PolicyRefusal::Smt, plain);
    row("no siblings where there are none", P::One::mask, granted, {.has_smt = false});
    row("siblings allowed where there are none", usual, granted, {.has_smt = false});
    row("hidden", usual | P::CiphertextHiding::mask, PolicyRefusal::CiphertextHiding, plain);
    row("hidden where it is", usual | P::CiphertextHiding::mask, granted, {.hides_ciphertext = true});
    row("XTS", usual | P::MemAes256Xts::mask, PolicyRefusal::MemoryCipher, plain);
    row("no RAPL", usual | P::RaplDisable::mask, PolicyRefusal::Rapl, plain);
    table.expect_all();
}

TEST(PspPolicy, has_a_status_and_a_sentence_for_each_reason) {
    for (unsigned i = 0; i < 256; ++i) {
        const auto refusal = static_cast<PolicyRefusal>(i);
        if (name_of(refusal).empty()) continue;
        EXPECT_FALSE(describe(refusal).empty());
        EXPECT_EQ(status_of(refusal), refusal == PolicyRefusal::ReservedBits
                                          ? abi::FirmwareStatus::InvalidParameter
                                          : abi::FirmwareStatus::PolicyFailure);
    }
}

TEST(PspPlatform, is_told_in_reports) {
    EXPECT_EQ(platform_info({}), 0x21u) << "SMT, and no aliases";
    EXPECT_EQ(platform_info({.has_smt = false, .hides_ciphertext = true}), 0x30u);
}

}  // namespace
}  // namespace model::psp
