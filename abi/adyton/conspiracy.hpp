// SPDX-License-Identifier: MIT
// Requests of a guest to a hypervisor that conspires with it: values of the GHCB MSR that no specification
// defines, with a page of the guest in 63:12. The machine answers them only to VMPL1 to 3, and only when it
// was started with an adversary that conspires. A host on SNP silicon can do each of them. docs/adr/0034
#pragma once
#include <cstdint>

#include "base/address.hpp"
#include "base/bits.hpp"

namespace abi::adyton {

/// Bits 11:0. All but the first are about the page that was named at the first.
enum class ConspiracyAsk : std::uint16_t {
    /// Binds a second system page to this address, not valid and not mapped yet, and applies the adversary's
    /// tricks to it from now on. For a trick on zeroing the second page is the SVSM's original secrets page.
    Begin = 0xa00,
    ShowFirst = 0xa01,   ///< the page that was there at the beginning
    ShowSecond = 0xa02,  ///< the other one
    Run = 0xa03,         ///< VMRUN of the first page on CPU 1, as its VMPL0. Refused where silicon refuses it
    End = 0xa04,         ///< no more tricks; the map stays as it is
    Done = 0xa10,
    Refused = 0xa11,
};

struct ConspiracyMsr {
    using Ask = Bits<11, 0>;
    using Page = Bits<63, 12>;
    [[nodiscard]] static constexpr std::uint64_t make(ConspiracyAsk ask, Gpa page) {
        return page.page().value() | static_cast<std::uint64_t>(ask);
    }
};

/// Every quadword of a second page that was the SVSM's. On silicon it would hold the SVSM's own bytes; the
/// guest recognises this value.
inline constexpr std::uint64_t svsm_bytes = 0x0df0'ad5e'c2e7'5a5aull;

}  // namespace abi::adyton
