// SPDX-License-Identifier: MIT
// Buffers of the image's parameter areas, from their declaration to their insertion.
// [IGVM "IGVM_VHS_PARAMETER_AREA"]
#pragma once
#include <array>
#include <cstring>
#include <expected>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "igvm/parameter_areas.hpp"
#include "snpemu/log/stop.hpp"

namespace snpemu {

/// Ends the run: the image cannot be launched. `status` is the AMD-SP's; 0: it was not asked.
[[noreturn]] inline void bad_image(std::string_view reason, std::uint32_t status = 0) {
    stop("kind=bad-image reason={} status={}", OneWord{reason}, status);
}

/// The value of an answer; ends the run when a reader, the host or the AMD-SP refused. The argument lookup
/// finds `describe` in the namespace of the refusal.
template <class T, class Refusal>
T accepted(std::expected<T, Refusal> answer) {
    if constexpr (requires { status_of(answer.error()); }) {
        if (!answer)
            bad_image(describe(answer.error()), static_cast<std::uint32_t>(status_of(answer.error())));
    }
    if (!answer) bad_image(describe(answer.error()));
    if constexpr (!std::is_void_v<T>) return *std::move(answer);
}

/// The host's values for the guest, until PARAMETER_INSERT copies them there. The reader has checked the
/// file, so every parameter has its area; `at` checks that the host's bytes fit.
class Parameters {
public:
    void declare(const igvm::ParameterArea& area) { accepted(areas_.declare(area)); }
    /// From a parameter's place to the end of its area.
    std::span<std::byte> at(const abi::igvm::Parameter& where, std::uint64_t bytes) {
        return part(accepted(areas_.find(where, bytes)));
    }
    template <class T>
    void put(const abi::igvm::Parameter& where, const T& value) {
        std::memcpy(at(where, sizeof value).data(), &value, sizeof value);
    }
    std::span<const std::byte> insert(std::uint32_t index) { return part(accepted(areas_.insert(index))); }

private:
    std::span<std::byte> part(igvm::ParameterAreas::Place place) {
        return std::span{bytes_}.subspan(place.offset, place.bytes);
    }
    igvm::ParameterAreas areas_;
    alignas(8) std::array<std::byte, igvm::max_parameter_bytes> bytes_{};
};

}  // namespace snpemu
