// SPDX-License-Identifier: MIT
// Guest memory as the CPU itself reaches it: only RAM, and only through the RMP with the rights of one VMPL.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "abi/snp/rmp.hpp"
#include "base/address.hpp"
#include "base/fixed_vector.hpp"
#include "model/rmp.hpp"
#include "snpemu/silicon/noise.hpp"

namespace snpemu {

/// The guest's RAM, and the place where this program maps the system's.
struct GuestRam {
    std::byte* base = nullptr;  ///< address of system page 0
    static constexpr std::size_t most_ranges = 8;
    FixedVector<GpaRange, most_ranges> ranges;
    NoiseDebt noise;  ///< of pages that the host gave to the guest and that no CPU has accessed since

    /// True when `at` lies in RAM.
    [[nodiscard]] bool contains(Gpa at) const;
    /// True when all of [at, at + bytes) lies in one range of RAM.
    [[nodiscard]] bool contains(Gpa at, std::uint64_t bytes) const;
    /// First byte after the last range.
    [[nodiscard]] Gpa end() const;
    /// The place of a system address. Its page may wait for a deferred scramble: call settle() first.
    [[nodiscard]] std::byte* at(Spa system) const {
        return reinterpret_cast<std::byte*>(reinterpret_cast<std::uintptr_t>(base) + system.value());
    }
    void settle(Spa system) const { noise.settle(system, at(Spa{0})); }
};

class RememberedWalks;

/// RAM and its RMP. On a machine with several CPUs the user holds the RMP lock.
struct GuestMemory {
    GuestRam& ram;
    model::Rmp& rmp;
    RememberedWalks* walks = nullptr;  ///< of the CPU that accesses; null: each walk is made in full

    /// Sets bits of one byte, as a walk sets Accessed and Dirty: other CPUs change the entry at the same time. Fails as a
    /// write would; nothing has changed then.
    [[nodiscard]] std::expected<void, model::RmpFault> set_bits(Gpa at, std::uint8_t bits,
                                                                abi::Vmpl vmpl) const;
    /// The page that the host maps at `at`, settled. There must be one.
    [[nodiscard]] std::byte* find(Gpa at) const;
    /// RAM check and RMP check of one page, in this order.
    [[nodiscard]] std::expected<void, model::RmpFault> check(Gpa at, model::AccessKind kind,
                                                             model::Encryption encryption,
                                                             abi::Vmpl vmpl) const;
    /// `check`, and the place of `at`, of which the rest of the page may be used too.
    [[nodiscard]] std::expected<std::byte*, model::RmpFault> locate(Gpa at, model::AccessKind kind,
                                                                    model::Encryption encryption,
                                                                    abi::Vmpl vmpl) const;

private:
    /// The place of `at`, which lies in the system page `page`, settled.
    [[nodiscard]] std::byte* place_of(Spa page, Gpa at) const;
};

}  // namespace snpemu
