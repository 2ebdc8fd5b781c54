// SPDX-License-Identifier: MIT
// The row of a protocol in the registry.
#pragma once
#include "abi/svsm/protocols.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/protocol/call.hpp"

namespace svsm {

/// Versions of a protocol, both included.
struct Versions {
    std::uint32_t min, max;
};

/// Number, calls and their names come from the specification; versions and the serving function
/// are the SVSM's.
struct Protocol {
    const abi::SvsmProtocol& specified;
    Versions versions;  ///< that the SVSM serves, as QUERY_PROTOCOL reports them
    /// Serves any call of the protocol for `vcpu`; UnsupportedCall for a number that it does not know.
    Answer (*serve)(Guest& guest, Vcpu& vcpu, const Call& call);

    /// True when the specification has these versions.
    [[nodiscard]] constexpr bool is_sound() const {
        return specified.min_version <= versions.min && versions.min <= versions.max &&
               versions.max <= specified.max_version;
    }
};

}  // namespace svsm
