// SPDX-License-Identifier: MIT
#include "model/psp/launch.hpp"

namespace model::psp {

std::string_view describe(Refusal refusal) {
    switch (refusal) {
        case Refusal::InvalidGuestState: return "the launch is not at this point";
        case Refusal::InvalidAddress: return "a page lies outside the guest memory";
        case Refusal::InvalidPageState: return "two directives load the same page";
    }
    __builtin_unreachable();
}

std::expected<void, Refusal> Launch::start(std::uint64_t policy) {
    if (state_ != GuestState::Init) return std::unexpected{Refusal::InvalidGuestState};
    state_ = GuestState::Launch;
    policy_ = policy;
    return {};
}

std::expected<void, Refusal> Launch::update(Rmp& rmp, Gpa page, LowerRights lower) {
    if (state_ != GuestState::Launch) return std::unexpected{Refusal::InvalidGuestState};
    if (!page.is_page_aligned() || !rmp.contains(page)) return std::unexpected{Refusal::InvalidAddress};
    // Without this a host could replace a page after it was measured.
    if (rmp.entry(page).assigned) return std::unexpected{Refusal::InvalidPageState};
    rmp.launch(page, false);
    rmp.entry(page).permissions = {abi::Permission::all, lower.vmpl1, lower.vmpl2, lower.vmpl3};
    ++pages_;
    return {};
}

std::expected<RmpEntry, Refusal> Launch::update_vmsa() const {
    if (state_ != GuestState::Launch) return std::unexpected{Refusal::InvalidGuestState};
    return RmpEntry{.assigned = true, .validated = true, .vmsa = true};
}

std::expected<void, Refusal> Launch::finish() {
    if (state_ != GuestState::Launch) return std::unexpected{Refusal::InvalidGuestState};
    state_ = GuestState::Running;
    return {};
}

}  // namespace model::psp
