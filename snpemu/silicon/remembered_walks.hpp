// SPDX-License-Identifier: MIT
// Walks of the guest's page tables that a CPU has made, to be made again for a tenth of the price. An exception reads
// the interrupt table, a descriptor and the stack, and they lie in the same pages each time.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "snpemu/silicon/page_walk.hpp"

namespace snpemu {

/// Unlike a TLB it is never older than the tables: a walk counts only if each entry that it read is still the same, and
/// if no right that it relied on may have been taken away since. Belongs to one CPU; the user holds the RMP lock.
class RememberedWalks {
public:
    /// The place of `access.va` as `walk_tables` and the check of the page would find it now, marks included. Null when
    /// they have to be asked.
    [[nodiscard]] std::byte* find(const abi::VmcbSave& save, const model::Rmp& rmp, abi::Vmpl vmpl,
                                  const Access& access) const;
    /// Keeps a walk that led to the page at `place`, of which all has been checked. One that still had marks to make is
    /// not kept, nor is one through tables of another form than the usual one.
    void keep(const abi::VmcbSave& save, const model::Rmp& rmp, abi::Vmpl vmpl, const Access& access,
              const Walk& walk, std::byte* place);

private:
    /// What the result of a walk depends on beside memory. 0 is no walk.
    struct Question {
        std::uint64_t page_and_kind = 0, cr0 = 0, cr3 = 0, cr4 = 0, efer = 0, narrowings = 0;
        Question() = default;
        Question(const abi::VmcbSave& save, const model::Rmp& rmp, abi::Vmpl vmpl, const Access& access);
        friend bool operator==(const Question&, const Question&) = default;
    };
    struct Kept {
        Question question;
        std::array<Walk::Step, 4> steps{};
        std::byte* page = nullptr;
        const model::RmpEntry* written = nullptr;  ///< of a write: VMRUN may take the page at any time
    };
    /// What an exception reads, writes and executes displaces nothing of another kind.
    static constexpr std::size_t kinds = 4, of_a_kind = 8;
    [[nodiscard]] static std::size_t index_of(const Access& access);
    std::array<Kept, kinds * of_a_kind> kept_{};
};

}  // namespace snpemu
