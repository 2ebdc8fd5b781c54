// SPDX-License-Identifier: MIT
#include "tools/image/policy.hpp"

#include <array>
#include <string_view>

#include "base/result.hpp"
#include "tools/support/list.hpp"
#include "tools/support/number.hpp"

namespace tools::image {
namespace {

using P = abi::GuestPolicy;

struct Word {
    std::string_view name;
    std::uint64_t mask;
    bool clears = false;            ///< the word takes the bit out of the default
    std::string_view refused = {};  ///< why no image can have it; empty: it can
};

constexpr std::array words{
    Word{"no-smt", P::Smt::mask, true},
    Word{"debug", P::Debug::mask},
    Word{"single-socket", P::SingleSocket::mask},
    Word{"aes-256-xts", P::MemAes256Xts::mask},
    Word{"no-rapl", P::RaplDisable::mask},
    Word{"ciphertext-hiding", P::CiphertextHiding::mask},
    Word{"no-page-swap", P::PageSwapDisable::mask},
    Word{"migration", P::MigrateMa::mask, false, "the guest has no migration agent to be bound to"},
    Word{"cxl", P::CxlAllow::mask, false, "memory behind CXL is outside what this project has thought about"},
};
constexpr std::string_view abi_word = "abi=";

/// "1.55": the AMD-SP's firmware must be at least that.
Result<std::uint64_t> parse_abi(std::string_view text) {
    constexpr unsigned most = 255;
    const auto dot = text.find('.');
    if (dot == text.npos) return problem("--policy abi={} is not a version; write it like abi=1.55", text);
    const unsigned major = TRY(parse_number("--policy abi", text.substr(0, dot), 0, most)),
                   minor = TRY(parse_number("--policy abi", text.substr(dot + 1), 0, most));
    return P::AbiMajor::put(major) | P::AbiMinor::put(minor);
}

Result<void> take_word(std::uint64_t& policy, std::string_view name) {
    if (name.starts_with(abi_word)) {
        policy |= TRY(parse_abi(name.substr(abi_word.size())));
        return {};
    }
    for (const Word& word : words) {
        if (word.name != name) continue;
        if (!word.refused.empty()) return problem("--policy {} is not possible: {}", name, word.refused);
        policy = word.clears ? policy & ~word.mask : policy | word.mask;
        return {};
    }
    return problem("there is no policy '{}'; choose from: {}", name, policy_words());
}

}  // namespace

std::string policy_words() {
    std::string names{"abi=MAJOR.MINOR"};
    for (const Word& word : words)
        if (word.refused.empty()) names += formatted(", {}", word.name);
    return names;
}

Result<std::uint64_t> parse_policy(const std::string& text) {
    std::uint64_t policy = default_policy;
    for (const std::string& name : TRY(parse_list("--policy", text))) TRY_VOID(take_word(policy, name));
    return policy;
}

std::string policy_names(std::uint64_t policy) {
    std::string names;
    const auto add = [&](std::string_view name) {
        names += formatted("{}{}", names.empty() ? "" : ", ", name);
    };
    std::uint64_t left = policy & ~default_policy;
    if (const auto version = policy & (P::AbiMajor::mask | P::AbiMinor::mask); version != 0)
        add(formatted("abi={}.{}", P::AbiMajor::get(policy), P::AbiMinor::get(policy)));
    left &= ~(P::AbiMajor::mask | P::AbiMinor::mask);
    for (const Word& word : words) {
        if (((policy & word.mask) == 0) == word.clears) add(word.name);
        left &= ~word.mask;
    }
    if (!P::One::test(policy)) add("bit 17 is not one");
    if (left != 0) add(formatted("0x{:x}", left));
    return names;
}

}  // namespace tools::image
