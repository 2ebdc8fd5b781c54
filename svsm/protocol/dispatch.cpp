// SPDX-License-Identifier: MIT
// The list of protocols that this SVSM offers.
#include "svsm/protocol/dispatch.hpp"

#include "svsm/protocol/attest/attest.hpp"
#include "svsm/protocol/core/core.hpp"
#include "svsm/protocol/registry.hpp"

namespace svsm {
namespace {

/// A new protocol needs a folder beside core/ with its row, the name of that row here, and its
/// calls in abi/svsm/protocols.hpp.
using Offered = Registry<core::protocol, attest::protocol>;

}  // namespace

[[gnu::always_inline]] Answer dispatch(Guest& guest, Vcpu& vcpu, const Call& call) {
    return Offered::serve(guest, vcpu, call);
}

}  // namespace svsm
