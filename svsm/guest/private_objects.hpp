// SPDX-License-Identifier: MIT
// The pages of the guest that a call must not treat as ordinary memory: every active VMSA, every active
// calling area, every deposited page. [SVSM "Core Protocol"] Only GuestPages changes this table, together
// with a page's state.
//
//   directory, one word per 2 MiB of RAM, made at the boot
//     -> null: nothing private in these 2 MiB
//     -> Region: what each of its 512 pages is, and how many are something
//
// A question about 4 KiB or 2 MiB costs two loads, however many objects exist. The boot allocates all regions
// in the SVSM's own memory, because the guest can have deposited memory taken away. An empty
// region is reused.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "abi/snp/rmp.hpp"
#include "base/address.hpp"
#include "base/bits.hpp"
#include "base/masked_index.hpp"
#include "svsm/guest/ram_blocks.hpp"

namespace svsm {

enum class ObjectKind : std::uint8_t {
    None,
    Vmsa,
    CallingArea,
    Deposited,  ///< deposited by the guest and unused; WITHDRAW_MEM returns it
};

/// The kind of a page, and its vCPU and level.
struct Object {
    ObjectKind kind = ObjectKind::None;
    abi::Vmpl level = abi::Vmpl::Vmpl0;
    std::uint32_t vcpu = 0;
    friend constexpr bool operator==(const Object&, const Object&) = default;
};

/// 2 MiB of guest memory with at least one object in it.
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
    /// `directory` has a null for each of `blocks`, which outlives this table; `regions` never grows.
    void start(const RamBlocks& blocks, std::span<Region*> directory, std::span<Region> regions);
    /// True when all of `pages`, which are RAM, can be added.
    [[nodiscard]] bool has_room_for(std::span<const Gpa> pages) const {
        return free_count_ >= pages.size() || free_count_ >= new_regions(pages);
    }

    // `block` is the number of the 2 MiB around `page`, which are RAM.

    /// Registers an ordinary page as an object; there must be room.
    void add(std::uint32_t block, Gpa page, const Object& object);
    /// Makes the page, which is of this kind, an ordinary page.
    void remove(std::uint32_t block, Gpa page, ObjectKind kind);
    /// Kind None for an ordinary page.
    [[nodiscard]] Object at(std::uint32_t block, Gpa page) const;
    /// Null when nothing in the block is private.
    [[nodiscard]] const Region* region(std::uint32_t block) const {
        return directory_[masked_index(block, directory_.size())];
    }
    [[nodiscard]] static bool is_ordinary(const Region& region, Gpa page) {
        return region.pages[index_in_region(page)] == 0;
    }

    [[nodiscard]] bool has_deposits() const { return deposits_ != nullptr; }
    /// Some deposited page, which stays registered.
    [[nodiscard]] std::optional<Gpa> find_deposit();

private:
    static constexpr std::size_t index_in_region(Gpa page) {
        return page.value() / page_bytes % (large_page_bytes / page_bytes);
    }
    /// Number of 2 MiB blocks around `pages` that have no region yet.
    [[nodiscard]] std::size_t new_regions(std::span<const Gpa> pages) const;
    Region& take_region(std::uint32_t block, Gpa page);
    void drop_region(std::uint32_t block);
    /// Writes the word of a page and updates the counts of its old and new kind.
    void set(Region& region, std::size_t index, const Object& object);
    void count_deposit(Region& region, std::size_t index);
    void uncount_deposit(Region& region);

    const RamBlocks* blocks_ = nullptr;
    std::span<Region*> directory_{};
    Region* free_ = nullptr;
    std::size_t free_count_ = 0;
    Region* deposits_ = nullptr;  ///< regions with deposited pages
};
}  // namespace svsm
