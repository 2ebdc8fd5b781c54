// SPDX-License-Identifier: MIT
// Protocols of the SVSM and their calls, by number and name, as the specification lists them: what traces,
// counters and tables call them. Which of them an SVSM offers is its own affair. [SVSM "Protocols"]
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "abi/svsm/attestation.hpp"
#include "abi/svsm/core.hpp"

namespace abi {

struct SvsmCall {
    std::uint32_t number;  ///< RAX[31:0]
    std::string_view name;
};

/// One protocol. Adding one here gives it counters in the machine and names in every trace.
struct SvsmProtocol {
    std::uint32_t number;  ///< RAX[63:32]
    std::uint32_t min_version, max_version;
    std::string_view name;
    std::span<const SvsmCall> calls;
};

inline constexpr std::array svsm_core_calls{
    SvsmCall{static_cast<std::uint32_t>(CoreCall::RemapCa), "remap_ca"},
    SvsmCall{static_cast<std::uint32_t>(CoreCall::Pvalidate), "pvalidate"},
    SvsmCall{static_cast<std::uint32_t>(CoreCall::CreateVcpu), "create_vcpu"},
    SvsmCall{static_cast<std::uint32_t>(CoreCall::DeleteVcpu), "delete_vcpu"},
    SvsmCall{static_cast<std::uint32_t>(CoreCall::DepositMem), "deposit_mem"},
    SvsmCall{static_cast<std::uint32_t>(CoreCall::WithdrawMem), "withdraw_mem"},
    SvsmCall{static_cast<std::uint32_t>(CoreCall::QueryProtocol), "query_protocol"},
    SvsmCall{static_cast<std::uint32_t>(CoreCall::ConfigureVtom), "configure_vtom"},
};
inline constexpr SvsmProtocol svsm_core{core_protocol, 1, core_protocol_version, "core", svsm_core_calls};

inline constexpr std::array svsm_attestation_calls{
    SvsmCall{static_cast<std::uint32_t>(AttestationCall::Services), "attest_services"},
    SvsmCall{static_cast<std::uint32_t>(AttestationCall::SingleService), "attest_single_service"},
};
inline constexpr SvsmProtocol svsm_attestation{attestation_protocol, 1, attestation_protocol_version,
                                               "attestation", svsm_attestation_calls};

inline constexpr std::array svsm_protocols{svsm_core, svsm_attestation};

/// RAX of a call.
[[nodiscard]] constexpr std::uint64_t call_id(std::uint32_t protocol, std::uint32_t call) {
    return CallId::Protocol::put(protocol) | CallId::Call::put(call);
}

/// A call together with its protocol. No two have the same name: counters go by it alone.
struct NamedCall {
    std::uint64_t id;  ///< RAX
    std::string_view protocol, name;
};

/// How many calls the tables above name.
inline constexpr std::size_t svsm_call_count = [] {
    std::size_t count = 0;
    for (const auto& protocol : svsm_protocols) count += protocol.calls.size();
    return count;
}();

/// All of them in one row, in the order of the tables: a counter for each can stand at its place.
inline constexpr std::array<NamedCall, svsm_call_count> svsm_calls = [] {
    std::array<NamedCall, svsm_call_count> all;
    std::size_t at = 0;
    for (const auto& protocol : svsm_protocols)
        for (const auto& call : protocol.calls)
            all[at++] = {call_id(protocol.number, call.number), protocol.name, call.name};
    return all;
}();

/// Place in `svsm_calls` of the call that RAX names; empty for one that no table names.
[[nodiscard]] constexpr std::optional<std::size_t> find_call(std::uint64_t rax) {
    for (std::size_t i = 0; i < svsm_calls.size(); ++i)
        if (svsm_calls[i].id == rax) return i;
    return std::nullopt;
}
/// Place of the call of that name; empty when there is none.
[[nodiscard]] constexpr std::optional<std::size_t> find_call(std::string_view name) {
    for (std::size_t i = 0; i < svsm_calls.size(); ++i)
        if (svsm_calls[i].name == name) return i;
    return std::nullopt;
}
static_assert([] {
    for (std::size_t i = 0; i < svsm_calls.size(); ++i)
        if (find_call(svsm_calls[i].id) != i || find_call(svsm_calls[i].name) != i) return false;
    return true;
}());
static_assert(find_call(call_id(core_protocol, 6)) == 6 && !find_call(call_id(core_protocol, 8)));
static_assert(svsm_calls[*find_call(call_id(core_protocol, 1))].name == "pvalidate");

}  // namespace abi
