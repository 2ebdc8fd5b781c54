// SPDX-License-Identifier: MIT
#include "svsm/guest/guest_pages.hpp"

namespace svsm {

void GuestPages::start(GpaRange svsm, const RamBlocks& blocks, std::span<BlockStates> states,
                       std::span<Region*> directory, std::span<Region> objects) {
    svsm_ = svsm;
    blocks_ = blocks;
    states_ = states;
    objects_.start(blocks_, directory, objects);
}

Object GuestPages::object(Gpa page) const {
    const auto block = blocks_.find(page);
    return block == RamBlocks::none ? Object{} : objects_.at(block, page);
}

PageState GuestPages::state(Gpa page) const {
    const auto block = blocks_.find(page);
    if (block == RamBlocks::none) return PageState::NotValidated;
    const auto state = states_[block].at(index_in_block(page));
    return is_object(state) ? state_of(objects_.at(block, page).kind) : state;
}

bool GuestPages::are_guests(GpaRange range) const {
    const auto block = blocks_.find(range.begin);
    if (block == RamBlocks::none) return false;
    const auto& states = states_[block];
    return range.size() > page_bytes ? states.are_all<PageState::Guests>()
                                     : states.is<PageState::Guests>(index_in_block(range.begin));
}

bool GuestPages::are_ordinary(GpaRange range) const {
    if (svsm_.overlaps(range)) return false;
    const auto* objects = block_around(range.begin).objects;
    if (objects == nullptr) return true;
    return range.size() == page_bytes && PrivateObjects::is_ordinary(*objects, range.begin);
}

}  // namespace svsm
