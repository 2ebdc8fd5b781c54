// SPDX-License-Identifier: MIT
#include "svsm/guest/parameters.hpp"

#include "abi/svsm/calling_area.hpp"

namespace svsm {

bool may_hold_parameters(const Guest& guest, Gpa at) {
    const auto page = page_range(at.page(), PageSize::Size4K);
    // No parameters in a dirty page: the SVSM's answers would reveal secrets in it.
    if (!page || !guest.ram.contains(*page)) return false;
    const auto state = guest.pages.state(page->begin);
    if (state == PageState::Guests) return true;
    // Linux keeps them in its calling area, so they may lie there, but not over the SVSM's bytes: a write over them
    // would fake the state of a call.
    return at.page_offset() >= sizeof(abi::CallingArea) && state == PageState::CallingArea;
}

}  // namespace svsm
