// SPDX-License-Identifier: MIT
// The record of a file's parameter areas: which exist, how large they are, which have been inserted. The
// reader checks a file with it; a loader places its buffers with it, and so has room for every file
// that was accepted.
#pragma once
#include <cstdint>
#include <expected>

#include "base/fixed_vector.hpp"
#include "igvm/directive.hpp"
#include "igvm/error.hpp"
#include "igvm/limits.hpp"

namespace igvm {

class ParameterAreas {
public:
    /// A part of the buffer of `max_parameter_bytes` bytes that all areas share.
    struct Place {
        std::uint64_t offset, bytes;
    };

    /// BadAreaSize, AreaTwice or ManyAreas; nothing has changed then.
    [[nodiscard]] std::expected<void, Error> declare(const ParameterArea& area);
    /// Where a parameter of at least `bytes` bytes begins; the place extends to the end of its area.
    /// NoArea or OutsideArea.
    [[nodiscard]] std::expected<Place, Error> find(abi::igvm::Parameter at, std::uint64_t bytes) const;
    /// The whole area, which takes no parameter and no second insert from now on. NoArea.
    [[nodiscard]] std::expected<Place, Error> insert(std::uint32_t index);

private:
    struct Area {
        std::uint32_t index;
        Place place;
        bool inserted;
    };
    FixedVector<Area, max_parameter_areas> areas_;
    std::uint64_t used_ = 0;  ///< bytes of the shared buffer
};

}  // namespace igvm
