// SPDX-License-Identifier: MIT
#include "tools/report/words.hpp"

#include <array>
#include <string_view>

#include "abi/snp/policy.hpp"
#include "tools/support/format.hpp"

namespace tools::attestation {
namespace {

struct Bit {
    std::uint64_t mask;
    std::string_view set, clear = {};  ///< empty: says nothing
};

using P = abi::GuestPolicy;
constexpr std::array policy_bits{
    Bit{P::Smt::mask, "sibling threads may run", "no sibling threads"},
    Bit{P::MigrateMa::mask, "A MIGRATION AGENT MAY TAKE THE GUEST AWAY"},
    Bit{P::Debug::mask, "DEBUG: THE HOST MAY READ AND WRITE MEMORY", "no debugging"},
    Bit{P::SingleSocket::mask, "one socket"},
    Bit{P::CxlAllow::mask, "memory behind CXL is allowed"},
    Bit{P::MemAes256Xts::mask, "AES-256-XTS"},
    Bit{P::RaplDisable::mask, "no energy counters"},
    Bit{P::CiphertextHiding::mask, "ciphertext hiding"},
    Bit{P::PageSwapDisable::mask, "pages stay where they are", "the host may move pages"},
};

using I = abi::PlatformInfo;
constexpr std::array platform_bits{
    Bit{I::SmtEnabled::mask, "SMT is on", "SMT is off"},
    Bit{I::TsmeEnabled::mask, "TSME"},
    Bit{I::EccEnabled::mask, "ECC memory"},
    Bit{I::RaplDisabled::mask, "no energy counters"},
    Bit{I::CiphertextHiding::mask, "ciphertext hiding"},
    Bit{I::AliasCheckComplete::mask, "memory was checked for aliases", "no check for aliases of memory"},
    Bit{I::TioEnabled::mask, "trusted devices (TIO)"},
};

template <std::size_t count>
void add(std::vector<std::string>& words, const std::array<Bit, count>& bits, std::uint64_t value) {
    for (const Bit& bit : bits) {
        const std::string_view word = (value & bit.mask) != 0 ? bit.set : bit.clear;
        if (!word.empty()) words.emplace_back(word);
    }
}

}  // namespace

std::vector<std::string> policy_words(std::uint64_t policy) {
    std::vector<std::string> words{
        formatted("firmware {}.{} or later", P::AbiMajor::get(policy), P::AbiMinor::get(policy))};
    add(words, policy_bits, policy);
    return words;
}

std::vector<std::string> platform_words(std::uint64_t platform_info) {
    std::vector<std::string> words;
    add(words, platform_bits, platform_info);
    return words;
}

std::vector<std::string> flag_words(std::uint32_t flags) {
    using F = abi::ReportFlags;
    std::vector<std::string> words;
    switch (abi::signing_key_of(flags)) {
        case abi::ReportKey::Vcek: words.emplace_back("signed by the VCEK"); break;
        case abi::ReportKey::Vlek: words.emplace_back("signed by the VLEK"); break;
        case abi::ReportKey::None: words.emplace_back("NOT SIGNED"); break;
    }
    if (F::MaskChipKey::test(flags)) words.emplace_back("CHIP ID AND SIGNATURE ARE MASKED");
    if (F::AuthorKeyEnabled::test(flags)) words.emplace_back("an author key signed the ID key");
    return words;
}

std::string text_of(const abi::FirmwareVersion& version) {
    return formatted("{}.{} build {}", version.major, version.minor, version.build);
}

std::string vmpl_text(std::uint32_t vmpl) {
    return vmpl == abi::vmpl_of_host_report ? "none: the host asked for the report" : formatted("{}", vmpl);
}

}  // namespace tools::attestation
