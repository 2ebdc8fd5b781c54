// SPDX-License-Identifier: MIT
// The three forms of page tables, and one walk for all of them. [APM2 "Page Translation and Protection"]
#pragma once
#include <array>
#include <cstdint>
#include <expected>

#include "abi/x86/paging.hpp"
#include "snpemu/silicon/translate.hpp"

namespace snpemu {

/// How the tables look that CR0, CR4 and EFER choose.
struct TableForm {
    unsigned levels = 4, entry_bytes = 8, index_bits = 9;
    bool has_c_bit = true;
    bool has_large_pages = true;  ///< 32-bit paging: CR4.PSE
    bool has_no_execute = true;   ///< EFER.NXE; else the bit is reserved
    /// PAE: the entries of the highest table are registers of a real CPU, and hold no rights.
    bool has_plain_root = false;
    /// Bits of the page offset at `level`, 1 being the table of 4 KiB pages.
    [[nodiscard]] constexpr unsigned offset_bits(unsigned level) const {
        return 12 + index_bits * (level - 1);
    }
    friend constexpr bool operator==(const TableForm&, const TableForm&) = default;
};
[[nodiscard]] TableForm table_form(const abi::VmcbSave& save);

/// What one access wants.
struct Access {
    GuestVa va;
    model::AccessKind kind;
    Ring ring;
};

/// A walk that has found a page. Bits are not set yet.
struct Walk {
    Translation found;
    struct Mark {
        Gpa entry{};
        std::uint8_t bits = 0;  ///< missing ones
    };
    std::array<Mark, 4> marks{};
    unsigned mark_count = 0;
    /// An entry that the walk has read.
    struct Step {
        std::uint64_t* entry = nullptr;
        std::uint64_t value = 0;
    };
    std::array<Step, 4> steps{};  ///< of tables of the usual form alone
    unsigned step_count = 0;
};
/// Walks with paging on. Errors as `translate` has them.
[[nodiscard]] std::expected<Walk, TranslationError> walk_tables(const CpuState& cpu,
                                                                const GuestMemory& memory, abi::Vmpl vmpl,
                                                                const Access& access, unsigned c_bit);
/// Whether the marks can be made, and making them: a table that `vmpl` may not write is a nested fault.
[[nodiscard]] std::expected<void, TranslationError> check_marks(const GuestMemory& memory, abi::Vmpl vmpl,
                                                                const Walk& walk);
[[nodiscard]] std::expected<void, TranslationError> make_marks(const GuestMemory& memory, abi::Vmpl vmpl,
                                                               const Walk& walk);

}  // namespace snpemu
