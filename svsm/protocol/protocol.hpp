// SPDX-License-Identifier: MIT
// What a protocol says of itself: its row in the registry.
#pragma once
#include "abi/svsm/protocols.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/protocol/call.hpp"

namespace svsm {

/// Versions of a protocol, both included.
struct Versions {
    std::uint32_t min, max;
};

/// Number, calls and their names come from the specification; versions and the function that serves are ours.
struct Protocol {
    const abi::SvsmProtocol& specified;
    Versions versions;  ///< that we serve: what QUERY_PROTOCOL tells
    /// Serves any call of the protocol for `vcpu`; UnsupportedCall for a number that it does not know.
    Answer (*serve)(Guest& guest, Vcpu& vcpu, const Call& call);

    /// The versions are some that the specification has.
    [[nodiscard]] constexpr bool is_sound() const {
        return specified.min_version <= versions.min && versions.min <= versions.max &&
               versions.max <= specified.max_version;
    }
};

}  // namespace svsm
