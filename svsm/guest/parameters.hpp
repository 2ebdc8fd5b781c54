// SPDX-License-Identifier: MIT
// Where a guest may have what a call reads and writes.
#pragma once
#include "svsm/guest/guest.hpp"

namespace svsm {

/// True when the guest may have parameters at `at`, or an area that the SVSM fills: in its memory, in no object, except
/// in a calling area behind the SVSM's bytes. Speaks for the page of `at` alone.
[[nodiscard]] bool may_hold_parameters(const Guest& guest, Gpa at) REQUIRES_SHARED(guest.lock);

}  // namespace svsm
