// SPDX-License-Identifier: MIT
// The list of protocols that this SVSM offers.
#pragma once
#include "svsm/protocol/attest/attest.hpp"
#include "svsm/protocol/core/core.hpp"
#include "svsm/protocol/registry.hpp"

namespace svsm {

/// A new protocol needs a folder beside core/ with its row, the name of that row here, and its
/// calls in abi/svsm/protocols.hpp.
using Offered = Registry<core::protocol, attest::protocol>;

/// Serves `call` for `vcpu` by its RAX and passes the answer to `finish`, whose result it returns. UnsupportedProtocol or
/// UnsupportedCall for one that no row serves.
template <class Finish>
[[nodiscard, gnu::always_inline]] inline auto dispatch(Guest& guest, Vcpu& vcpu, const Call& call,
                                                       Finish finish) {
    return Offered::serve(guest, vcpu, call, finish);
}

}  // namespace svsm
