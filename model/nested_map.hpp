// SPDX-License-Identifier: MIT
// Which system page the host maps at each page of its guest: the host's nested tables, without rights. The
// host may edit them at any time; the guest relies on the RMP entry of the page that an access reaches.
// [APM2 "Nested Paging"]
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "base/address.hpp"

namespace model {

/// Number of a system page; `nothing` where the host maps none.
enum class Frame : std::uint32_t { nothing = std::numeric_limits<std::uint32_t>::max() };
constexpr Frame frame_of(Spa page) { return static_cast<Frame>(page.value() / page_bytes); }
constexpr Spa address_of(Frame frame) { return Spa{static_cast<std::uint64_t>(frame) * page_bytes}; }

/// A view on an array of frames, one for each guest page from 0 on. Not synchronised: the lock of its user
/// guards it together with the RMP.
class NestedMap {
public:
    /// `frames` holds `Frame::nothing` for each page that is not mapped.
    explicit NestedMap(std::span<Frame> frames) : frames_{frames} {}

    /// The system page mapped at the page of `at`; empty when there is none.
    [[nodiscard]] std::optional<Spa> find(Gpa at) const {
        const auto number = at.value() / page_bytes;
        if (number >= frames_.size() || frames_[number] == Frame::nothing) return std::nullopt;
        return address_of(frames_[number]);
    }
    /// The system page of `size` mapped at the guest page `page` of the same size; empty when several system
    /// pages make it up, or part of it is not mapped.
    [[nodiscard]] std::optional<Spa> find_as_one(Gpa page, PageSize size) const {
        const auto first = find(page);
        if (!first || !first->is_aligned(bytes_of(size))) return std::nullopt;
        for (std::uint64_t done = page_bytes; done < bytes_of(size); done += page_bytes)
            if (find(page + done) != *first + done) return std::nullopt;
        return first;
    }
    /// First guest address that no page can be mapped at.
    [[nodiscard]] Gpa end() const { return Gpa{frames_.size() * page_bytes}; }

    /// Maps `system` at the guest page `page`, which lies below `end()`. The caller flushes.
    void show(Gpa page, Spa system) { frames_[page.value() / page_bytes] = frame_of(system); }
    /// Unmaps `page`. The caller flushes.
    void hide(Gpa page) { frames_[page.value() / page_bytes] = Frame::nothing; }
    /// Maps in `range` the system pages of the same addresses.
    void show_one_to_one(GpaRange range) {
        for (auto page = range.begin; page < range.end; page = page + page_bytes)
            show(page, Spa{page.value()});
    }

private:
    std::span<Frame> frames_;
};

}  // namespace model
