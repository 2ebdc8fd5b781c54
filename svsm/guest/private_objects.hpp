// SPDX-License-Identifier: MIT
// The pages that no call may touch, whatever the guest says: the SVSM itself (with the secrets and CPUID
// originals), every active VMSA, every active calling area, every page the guest deposited. [SVSM "Core
// Protocol"]
//
//   directory, one word per 2 MiB of the guest-physical address space, made at the boot
//     -> null: nothing private in these 2 MiB
//     -> Region: what each of its 512 pages is, and how many are something
//
// A question about 4 KiB or 2 MiB costs two loads, however much is private. Regions are made at the boot, in
// the SVSM's own memory: what a deposited page holds, its guest can take away. They are used again when
// nothing is left in them.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "abi/snp/rmp.hpp"
#include "base/address.hpp"
#include "base/bits.hpp"

namespace svsm {

enum class ObjectKind : std::uint8_t {
    None,
    Vmsa,
    CallingArea,
    Deposited,  ///< the guest's gift, not used; WITHDRAW_MEM gives it back
};

/// What a page is, and of which vCPU and level.
struct Object {
    ObjectKind kind = ObjectKind::None;
    abi::Vmpl level = abi::Vmpl::Vmpl0;
    std::uint32_t vcpu = 0;
    friend constexpr bool operator==(const Object&, const Object&) = default;
};

/// 2 MiB of guest memory in which something is private.
struct Region {
    std::array<std::uint16_t, large_page_bytes / page_bytes> pages{};  ///< packed Objects; 0 is None
    std::uint16_t used = 0, deposited = 0;
    std::uint16_t first_deposit = 0;  ///< no deposited page before this index
    Region* next = nullptr;           ///< in the list of free regions, or of those with deposits
    std::uint64_t number = 0;         ///< guest-physical address / 2 MiB
};

/// Not synchronised: Guest::lock guards it.
class PrivateObjects {
public:
    /// `directory` has a null for each 2 MiB up to the end of memory; `regions` are all that there will be.
    void start(GpaRange svsm, std::span<Region*> directory, std::span<Region> regions);
    [[nodiscard]] GpaRange svsm() const { return svsm_; }
    /// All of `pages` (below the directory's end) can be added.
    [[nodiscard]] bool has_room_for(std::span<const Gpa> pages) const {
        return free_count_ >= pages.size() || free_count_ >= new_regions(pages);
    }

    /// Registers a page that is nothing yet; there must be room.
    void add(Gpa page, const Object& object);
    /// The page, which is something, becomes an ordinary page.
    void remove(Gpa page);
    /// Kind None for an ordinary page.
    [[nodiscard]] Object at(Gpa page) const;

    /// Anything private in `range`, one aligned page of 4 KiB or 2 MiB?
    [[nodiscard]] bool conflicts(GpaRange range) const {
        if (svsm_.overlaps(range)) return true;
        const auto* region = find(range.begin);
        if (region == nullptr) return false;
        return range.size() > page_bytes || !is_ordinary(*region, range.begin);
    }
    /// Null when nothing in the 2 MiB around `page` is private, the SVSM's own memory aside.
    [[nodiscard]] const Region* region_around(Gpa page) const { return find(page); }
    [[nodiscard]] static bool is_ordinary(const Region& region, Gpa page) {
        return region.pages[index_in_region(page)] == 0;
    }

    [[nodiscard]] bool has_deposits() const { return deposits_ != nullptr; }
    /// A deposited page, which stays registered.
    [[nodiscard]] std::optional<Gpa> find_deposit();

private:
    static constexpr std::size_t index_in_region(Gpa page) {
        return page.value() / page_bytes % (large_page_bytes / page_bytes);
    }
    [[nodiscard]] Region* find(Gpa page) const {
        const auto number = page.value() / large_page_bytes;
        return number < directory_.size() ? directory_[number] : nullptr;
    }
    /// How many of the 2 MiB around `pages` have no region yet.
    [[nodiscard]] std::size_t new_regions(std::span<const Gpa> pages) const;
    /// Of a page that is something; traps for an ordinary one.
    [[nodiscard]] Region& region_of_object(Gpa page) const;
    Region& take_region(std::uint64_t number);
    void drop_region(Region& region);
    /// The word of a page, with everything that is counted by kind undone or done.
    void set(Region& region, std::size_t index, const Object& object);
    void count_deposit(Region& region, std::size_t index);
    void uncount_deposit(Region& region);

    GpaRange svsm_{};
    std::span<Region*> directory_{};
    Region* free_ = nullptr;
    std::size_t free_count_ = 0;
    Region* deposits_ = nullptr;  ///< regions with deposited pages
};
}  // namespace svsm
