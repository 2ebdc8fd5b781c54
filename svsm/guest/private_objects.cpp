// SPDX-License-Identifier: MIT
#include "svsm/guest/private_objects.hpp"

#include <algorithm>

namespace svsm {

void PrivateObjects::add(Gpa page, ObjectKind kind, std::uint32_t vcpu) {
    // Callers ask has_room first; a full table that swallowed an entry would leave that page to the guest.
    if (!objects_.push_back({page, vcpu, kind})) __builtin_trap();
}

void PrivateObjects::drop_calling_areas(std::uint32_t vcpu, Gpa current) {
    for (std::size_t i = 0; i < objects_.size();) {
        const auto& object = objects_[i];
        if (object.kind == ObjectKind::CallingArea && object.vcpu == vcpu && object.page != current) {
            objects_[i] = objects_[objects_.size() - 1];
            objects_.pop_back();
        } else {
            ++i;
        }
    }
}

bool PrivateObjects::conflicts(GpaRange range) const {
    return svsm_.overlaps(range) || std::any_of(objects_.begin(), objects_.end(), [&](const Object& object) {
               return range.contains(object.page);
           });
}

bool PrivateObjects::conflicts_except_calling_areas(GpaRange range) const {
    return svsm_.overlaps(range) || std::any_of(objects_.begin(), objects_.end(), [&](const Object& object) {
               return object.kind != ObjectKind::CallingArea && range.contains(object.page);
           });
}

bool PrivateObjects::is_calling_area(Gpa page) const {
    return std::any_of(objects_.begin(), objects_.end(), [&](const Object& object) {
        return object.kind == ObjectKind::CallingArea && object.page == page;
    });
}

}  // namespace svsm
