// SPDX-License-Identifier: MIT
// Which system page the host maps at each page of its guest: the host's nested tables, without rights. The
// host may edit them at any time; the guest relies on the RMP entry of the page that an access reaches.
// [APM2 "Nested Paging"]
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "base/address.hpp"
#include "base/fixed_vector.hpp"

namespace model {

/// What the host maps at a page: the number of a system page plus one, or one of these. A table of zeros, which
/// costs nothing to make, is one that the host has not changed yet.
enum class Frame : std::uint32_t { unchanged = 0, nothing = std::numeric_limits<std::uint32_t>::max() };
constexpr Frame frame_of(Spa page) { return static_cast<Frame>(page.value() / page_bytes + 1); }
constexpr Spa address_of(Frame frame) { return Spa{(static_cast<std::uint64_t>(frame) - 1) * page_bytes}; }

/// A range of guest pages in which the host may map something, and where the system pages lie that it maps there at
/// first, in the same order. The array is not the map's: views of it change the same entries.
struct MapPiece {
    Gpa begin{};
    Spa system{};
    std::span<Frame> frames;
    /// Place of the page of `at` in `frames`, or a number behind its end.
    [[nodiscard]] constexpr std::uint64_t index_of(Gpa at) const { return (at - begin) / page_bytes; }
};

/// A few pieces, which may lie far apart: nothing is kept for what lies between. Not synchronised: the lock of
/// its user guards it together with the RMP.
class NestedMap {
public:
    /// One piece of pages from 0 on, at first one to one.
    explicit NestedMap(std::span<Frame> frames) { (void)add({.frames = frames}); }
    /// False when there is no room for a further piece.
    [[nodiscard]] bool add(const MapPiece& piece) { return pieces_.push_back(piece); }

    /// The system page mapped at the page of `at`; empty when there is none.
    [[nodiscard]] std::optional<Spa> find(Gpa at) const {
        const MapPiece* const piece = piece_around(at);
        if (piece == nullptr) return std::nullopt;
        const std::uint64_t index = piece->index_of(at);
        const Frame frame = piece->frames[index];
        if (frame == Frame::unchanged) return piece->system + index * page_bytes;
        if (frame == Frame::nothing) return std::nullopt;
        return address_of(frame);
    }
    /// The system page of `size` mapped at the guest page `page` of the same size; empty when several system
    /// pages make it up, or part of it is not mapped.
    [[nodiscard]] std::optional<Spa> find_as_one(Gpa page, PageSize size) const {
        const auto first = find(page);
        if (!first || !first->is_aligned(bytes_of(size))) return std::nullopt;
        const std::uint64_t count = bytes_of(size) / page_bytes;
        for (std::uint64_t done = 1; done < count;) {
            const std::uint64_t row = count_in_a_row(page + done * page_bytes, *first + done * page_bytes, count - done);
            if (row == 0) return std::nullopt;
            done += row;
        }
        return first;
    }
    /// True when the host may map something at `at`.
    [[nodiscard]] bool covers(Gpa at) const { return entry(at) != nullptr; }

    /// Maps `system` at the guest page `page`, which the map covers. The caller flushes.
    void show(Gpa page, Spa system) { *entry(page) = frame_of(system); }
    /// Unmaps `page`, which the map covers. The caller flushes.
    void hide(Gpa page) { *entry(page) = Frame::nothing; }

private:
    /// How many of the next `most` guest pages from `page` on lie in one piece and show the system pages from `system`
    /// on. Unchanged pages are compared without their addresses: there are 512 in each large page.
    [[nodiscard]] std::uint64_t count_in_a_row(Gpa page, Spa system, std::uint64_t most) const {
        const MapPiece* const piece = piece_around(page);
        if (piece == nullptr) return 0;
        const std::uint64_t index = piece->index_of(page);
        const bool fits = piece->system + index * page_bytes == system;
        const std::uint64_t end = std::min(most, piece->frames.size() - index);
        for (std::uint64_t row = 0; row < end; ++row) {
            const Frame frame = piece->frames[index + row];
            const bool is_next = frame == Frame::unchanged ? fits : frame == frame_of(system + row * page_bytes);
            if (!is_next) return row;
        }
        return end;
    }
    /// Null where there is no piece.
    [[nodiscard]] const MapPiece* piece_around(Gpa at) const {
        for (const MapPiece& piece : pieces_)
            if (piece.index_of(at) < piece.frames.size()) return &piece;
        return nullptr;
    }
    /// Null where there is no piece.
    [[nodiscard]] Frame* entry(Gpa at) const {
        const MapPiece* const piece = piece_around(at);
        return piece == nullptr ? nullptr : &piece->frames[piece->index_of(at)];
    }
    static constexpr std::size_t most_pieces = 4;
    FixedVector<MapPiece, most_pieces> pieces_;
};

}  // namespace model
