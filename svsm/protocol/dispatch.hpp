// SPDX-License-Identifier: MIT
// Selects the function that serves a call by its RAX.
#pragma once
#include "svsm/guest/guest.hpp"
#include "svsm/protocol/call.hpp"

namespace svsm {

/// Serves `call` for `vcpu`. UnsupportedProtocol or UnsupportedCall for one that no row serves.
[[nodiscard]] Answer dispatch(Guest& guest, Vcpu& vcpu, const Call& call);

}  // namespace svsm
