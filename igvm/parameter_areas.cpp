// SPDX-License-Identifier: MIT
#include "igvm/parameter_areas.hpp"

namespace igvm {

std::expected<void, Error> ParameterAreas::declare(const ParameterArea& area) {
    if (area.bytes == 0 || area.bytes % page_bytes != 0) return std::unexpected{Error::BadAreaSize};
    for (const Area& other : areas_)
        if (other.index == area.index) return std::unexpected{Error::AreaTwice};
    if (area.bytes > max_parameter_bytes - used_) return std::unexpected{Error::ManyAreas};
    if (!areas_.push_back({area.index, {used_, area.bytes}, false})) return std::unexpected{Error::ManyAreas};
    used_ += area.bytes;
    return {};
}

std::expected<ParameterAreas::Place, Error> ParameterAreas::find(abi::igvm::Parameter at,
                                                                 std::uint64_t bytes) const {
    for (const Area& area : areas_) {
        if (area.index != at.area_index || area.inserted) continue;
        if (at.byte_offset > area.place.bytes || bytes > area.place.bytes - at.byte_offset)
            return std::unexpected{Error::OutsideArea};
        return Place{area.place.offset + at.byte_offset, area.place.bytes - at.byte_offset};
    }
    return std::unexpected{Error::NoArea};
}

std::expected<ParameterAreas::Place, Error> ParameterAreas::insert(std::uint32_t index) {
    for (Area& area : areas_) {
        if (area.index != index || area.inserted) continue;
        area.inserted = true;
        return area.place;
    }
    return std::unexpected{Error::NoArea};
}

}  // namespace igvm
