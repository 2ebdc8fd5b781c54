// SPDX-License-Identifier: MIT
// SVSM_CORE_QUERY_PROTOCOL. Takes no lock: what we offer never changes.
#include <array>

#include "abi/svsm/core.hpp"
#include "svsm/protocol/core/core.hpp"

namespace svsm::core {
namespace {

struct Offer {
    std::uint32_t protocol, min_version, max_version;
};
constexpr std::array offers{Offer{abi::core_protocol, 1, abi::core_protocol_version}};

}  // namespace

std::uint64_t query_protocol(std::uint64_t question) {
    using Q = abi::QueryProtocol;
    const auto protocol = Q::Protocol::get(question), version = Q::Version::get(question);
    for (const auto& offer : offers)
        if (offer.protocol == protocol && offer.min_version <= version && version <= offer.max_version)
            return Q::MaxVersion::put(offer.max_version) | Q::MinVersion::put(offer.min_version);
    return 0;
}

}  // namespace svsm::core
