// SPDX-License-Identifier: MIT
// SVSM_CORE_QUERY_PROTOCOL. Takes no lock: what we offer never changes.
#include <optional>

#include "abi/svsm/core.hpp"
#include "svsm/protocol/core/core.hpp"

namespace svsm::core {
namespace {

struct Versions {
    std::uint32_t min, max;
};

constexpr std::optional<Versions> versions_of(std::uint64_t protocol) {
    switch (protocol) {
        case abi::core_protocol: return Versions{1, abi::core_protocol_version};
        default: return std::nullopt;
    }
}

}  // namespace

std::uint64_t query_protocol(std::uint64_t question) {
    using Q = abi::QueryProtocol;
    const auto versions = versions_of(Q::Protocol::get(question));
    const auto version = Q::Version::get(question);
    if (!versions || version < versions->min || version > versions->max) return 0;
    return Q::MaxVersion::put(versions->max) | Q::MinVersion::put(versions->min);
}

}  // namespace svsm::core
