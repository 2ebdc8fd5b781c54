// SPDX-License-Identifier: MIT
// Answers of a host in the GHCB MSR protocol that depend on constant properties of the host only.
// model/ghcb_msr.hpp has the fields, this file has their values. [GHCB "GHCB MSR Protocol"]
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "abi/adyton/host_property.hpp"
#include "model/ghcb_msr.hpp"

namespace model::host {

/// The first protocol version that the host speaks; abi::ghcb_version is the last.
inline constexpr std::uint16_t oldest_version = 1;

/// Feature bitmap of this host, equal in the MSR protocol and in the event.
/// [GHCB "Hypervisor Feature Support"]
[[nodiscard]] std::uint64_t announced_features(abi::adyton::HostProperties properties);

/// The properties that a host reports.
struct HostFacts {
    std::uint16_t least_version = oldest_version, most_version = abi::ghcb_version;
    unsigned c_bit = 0;
    std::uint64_t features = 0;
};
/// The reply to a request for facts: SEV information, features, a preferred GHCB. Empty for
/// any other request.
[[nodiscard]] std::optional<std::uint64_t> answer_facts(const ghcb_msr::Request& request,
                                                        const HostFacts& facts);

/// The GHCB MSR of a save area that has not run: the answer to SEV information, unasked.
[[nodiscard]] std::uint64_t reset_msr(unsigned c_bit);

/// `registers` are EAX, EBX, ECX and EDX of the function: the reply carries the one that the guest asked for.
[[nodiscard]] std::uint64_t answer_cpuid(const ghcb_msr::Cpuid& request,
                                         const std::array<std::uint32_t, 4>& values);
/// `is_accepted`: the page is RAM, and the host has noted that it is this VMPL's GHCB.
[[nodiscard]] std::uint64_t answer_registration(Gpa page, bool is_accepted);
/// What a held CPU reads when it continues: any value but 0 in 63:12 says that it was woken.
/// [GHCB "AP Reset Hold"]
[[nodiscard]] std::uint64_t answer_hold_ended();
/// The reply that the caller reads when it runs again, or at once if the host ran nothing.
[[nodiscard]] std::uint64_t answer_run_vmpl(bool is_run);

}  // namespace model::host
