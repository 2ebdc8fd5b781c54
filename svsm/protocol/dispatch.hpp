// SPDX-License-Identifier: MIT
// From RAX to the function that serves it.
#pragma once
#include "svsm/guest/guest.hpp"
#include "svsm/protocol/call.hpp"

namespace svsm {

/// Serves `call` for `vcpu`; an unknown protocol or call is refused with the code that says which.
[[nodiscard]] Answer dispatch(Guest& guest, Vcpu& vcpu, const Call& call);

}  // namespace svsm
