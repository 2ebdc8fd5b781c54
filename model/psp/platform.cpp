// SPDX-License-Identifier: MIT
#include "model/psp/platform.hpp"

#include "abi/snp/policy.hpp"

namespace model::psp {

using P = abi::GuestPolicy;

namespace {

/// Defined by no version of the firmware.
using ReservedPolicy = Bits<63, 26>;

bool is_newer(std::uint64_t policy, const abi::FirmwareVersion& firmware) {
    const std::uint64_t major = P::AbiMajor::get(policy), minor = P::AbiMinor::get(policy);
    return major > firmware.major || (major == firmware.major && minor > firmware.minor);
}

}  // namespace

std::uint64_t platform_info(const Platform& platform) {
    using Info = abi::PlatformInfo;
    return Info::SmtEnabled::put(platform.has_smt ? 1 : 0) |
           Info::CiphertextHiding::put(platform.hides_ciphertext ? 1 : 0) | Info::AliasCheckComplete::mask;
}

std::string_view describe(PolicyRefusal refusal) {
    switch (refusal) {
        case PolicyRefusal::ReservedBits: return "bit 17 of the policy is 0, or a reserved bit of it is 1";
        case PolicyRefusal::Firmware: return "the policy wants a newer firmware";
        case PolicyRefusal::Smt: return "the policy forbids SMT, and this platform has it";
        case PolicyRefusal::CiphertextHiding: return "the policy wants ciphertext hiding";
        case PolicyRefusal::MemoryCipher: return "the policy wants AES-256-XTS for its memory";
        case PolicyRefusal::Rapl: return "the policy wants RAPL disabled";
    }
    __builtin_unreachable();
}

abi::FirmwareStatus status_of(PolicyRefusal refusal) {
    return refusal == PolicyRefusal::ReservedBits ? abi::FirmwareStatus::InvalidParameter
                                                  : abi::FirmwareStatus::PolicyFailure;
}

std::expected<void, PolicyRefusal> check_policy(std::uint64_t policy, const Platform& platform) {
    using enum PolicyRefusal;
    if (!P::One::test(policy) || ReservedPolicy::test(policy)) return std::unexpected{ReservedBits};
    if (is_newer(policy, platform.firmware)) return std::unexpected{Firmware};
    if (!P::Smt::test(policy) && platform.has_smt) return std::unexpected{Smt};
    if (P::CiphertextHiding::test(policy) && !platform.hides_ciphertext)
        return std::unexpected{CiphertextHiding};
    // This platform's memory has one cipher, and its power counters are on: neither can be chosen.
    if (P::MemAes256Xts::test(policy)) return std::unexpected{MemoryCipher};
    if (P::RaplDisable::test(policy)) return std::unexpected{Rapl};
    return {};
}

}  // namespace model::psp
