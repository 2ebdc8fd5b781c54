// SPDX-License-Identifier: MIT
// First bytes of the page through which one guest vCPU calls the SVSM. [SVSM "Calling Area"]
#pragma once
#include <cstddef>
#include <cstdint>

namespace abi {

struct CallingArea {
    std::uint8_t call_pending;   ///< guest writes 1 before it calls; the SVSM writes 0 with the answer
    std::uint8_t mem_available;  ///< 1: WITHDRAW_MEM would return pages
    std::uint8_t no_eoi_required;
    std::uint8_t reserved[5];
};
static_assert(sizeof(CallingArea) == 8 && offsetof(CallingArea, mem_available) == 1);

}  // namespace abi
