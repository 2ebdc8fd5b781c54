// SPDX-License-Identifier: MIT
// Lists for the tests of SVSM_CORE_PVALIDATE.
#pragma once
#include <vector>

#include "tests/unit/svsm/world.hpp"

namespace svsm {

using abi::PvalidateHeader;

/// Entries of a list. [SVSM "SVSM_CORE_PVALIDATE Call"]
constexpr std::uint64_t large = 1, validating = 4, ignoring = 8;
constexpr std::uint64_t validate(Gpa page, std::uint64_t flags = 0) {
    return page.value() | validating | flags;
}
constexpr std::uint64_t rescind(Gpa page, std::uint64_t flags = 0) { return page.value() | flags; }

class PvalidateWorld : public World {
protected:
    using World::World;

    void write_list(Gpa at, PvalidateHeader header, const std::vector<std::uint64_t>& entries) {
        m.poke(at, header);
        for (std::size_t i = 0; i < entries.size(); ++i) m.poke(at + 8 * (i + 1), entries[i]);
    }
    /// RAX of a call with these entries in the list page.
    std::uint64_t run(const std::vector<std::uint64_t>& entries, std::uint16_t next = 0) {
        write_list(list_page, {static_cast<std::uint16_t>(entries.size()), next, 0}, entries);
        return result_of(CoreCall::Pvalidate, list_page.value());
    }
    [[nodiscard]] std::uint16_t next(Gpa at = list_page) const { return m.peek<PvalidateHeader>(at).next; }
    [[nodiscard]] bool is_valid(Gpa page) const { return m.entry(page).validated; }
    [[nodiscard]] bool is_zero(Gpa page, std::uint64_t bytes = page_bytes) const {
        return m.is_filled_with({page, page + bytes}, 0);
    }
    /// One entry that must be refused, without any effect on the page it names.
    void expect_refused(std::uint64_t entry, SvsmError error) {
        EXPECT_EQ(run({entry}), code(error)) << std::hex << entry;
        EXPECT_EQ(next(), 0);
    }
};

class Pvalidate : public PvalidateWorld {};

}  // namespace svsm
