// SPDX-License-Identifier: MIT
// The SVSM's record of the pages of its guest: the state of each, and the kind and owner of those that are
// objects (VMSAs, calling areas, deposits). It lies in the SVSM's own memory. There is a state for every
// page; the table of objects may be smaller. Not synchronised: Guest::lock guards it. PVALIDATE changes
// states under the shared lock and the turn of the page's 2 MiB.
#pragma once
#include "svsm/guest/page_states.hpp"
#include "svsm/guest/private_objects.hpp"
#include "svsm/guest/ram_blocks.hpp"

namespace svsm {

/// Owner of an object: the level that runs on it or calls through it, and its vCPU.
struct PageOwner {
    abi::Vmpl level = abi::Vmpl::Vmpl0;
    std::uint32_t vcpu = 0;
};

constexpr bool is_object(PageState state) { return state > PageState::Guests; }
constexpr ObjectKind kind_of(PageState state) {
    return static_cast<ObjectKind>(static_cast<unsigned>(state) - static_cast<unsigned>(PageState::Guests));
}
constexpr PageState state_of(ObjectKind kind) {
    return static_cast<PageState>(static_cast<unsigned>(kind) + static_cast<unsigned>(PageState::Guests));
}
static_assert(kind_of(PageState::Vmsa) == ObjectKind::Vmsa &&
              kind_of(PageState::CallingArea) == ObjectKind::CallingArea &&
              kind_of(PageState::Deposited) == ObjectKind::Deposited);

class GuestPages {
public:
    /// Begins with no page validated. `states` and `directory` have as many entries as `blocks`;
    /// `objects` never grows.
    void start(GpaRange svsm, const RamBlocks& blocks, std::span<BlockStates> states,
               std::span<Region*> directory, std::span<Region> objects);
    [[nodiscard]] GpaRange svsm() const { return svsm_; }

    /// NotValidated where the memory map has no RAM.
    [[nodiscard]] PageState state(Gpa page) const;
    /// Every page of `range`, one aligned page of 4 KiB or 2 MiB in RAM, is valid, granted and no object.
    [[nodiscard]] bool are_guests(GpaRange range) const;
    /// No page of `range` is an object or belongs to the SVSM.
    [[nodiscard]] bool are_ordinary(GpaRange range) const;
    /// Kind None for a page that is no object.
    [[nodiscard]] Object object(Gpa page) const;

    /// Moves a page of RAM along an arrow of `page_arrows`; traps if it is not in `from`. There must be room
    /// for a new object, whose owner `owner` is.
    template <PageState from, PageState to>
    void change(Gpa page, PageOwner owner = {}) {
        const auto block = blocks_.find(page);
        if (block == RamBlocks::none) __builtin_trap();
        if constexpr (is_object(from)) objects_.remove(block, page, kind_of(from));
        states_[block].change<from, to>(index_in_block(page));
        if constexpr (is_object(to)) objects_.add(block, page, {kind_of(to), owner.level, owner.vcpu});
    }

    /// The 2 MiB around a page, for calls that work on many of its pages.
    struct Block {
        BlockStates* states = nullptr;    ///< null where there is no RAM
        const Region* objects = nullptr;  ///< null when no page is an object
    };
    [[nodiscard]] Block block_around(Gpa page) const {
        const auto block = blocks_.find(page);
        if (block == RamBlocks::none) return {};
        return {&states_[block], objects_.region(block)};
    }

    /// True when the table of objects has room for all of `pages`.
    [[nodiscard]] bool has_room_for(std::span<const Gpa> pages) const { return objects_.has_room_for(pages); }
    [[nodiscard]] bool has_deposits() const { return objects_.has_deposits(); }
    /// Some deposited page, which stays deposited.
    [[nodiscard]] std::optional<Gpa> find_deposit() { return objects_.find_deposit(); }

private:
    GpaRange svsm_{};
    RamBlocks blocks_;
    std::span<BlockStates> states_{};
    PrivateObjects objects_;
};

}  // namespace svsm
