// SPDX-License-Identifier: MIT
// The page by which a host tells a level with restricted injection what has come. [GHCB "#HV Doorbell Page"]
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bits.hpp"

namespace abi {

/// The first 64 bytes of the page: host and guest both write them.
struct HvDoorbell {
    using Nmi = Bits<0>;
    using MachineCheck = Bits<1>;
    using NoFurtherSignal = Bits<7>;
    using NoEoiRequired = Bits<0>;

    std::uint8_t vector;  ///< of the interrupt that the guest has not read; 0: none
    std::uint8_t flags;   ///< Nmi, MachineCheck; NoFurtherSignal: the host raises no #HV until it is clear
    std::uint8_t no_eoi_required;  ///< the guest may spare the end of interrupt
    std::uint8_t per_vmpl_events;
    std::array<std::uint8_t, 60> reserved;
};
static_assert(sizeof(HvDoorbell) == 64);
static_assert(offsetof(HvDoorbell, flags) == 1 && offsetof(HvDoorbell, no_eoi_required) == 2);

/// SW_EXITINFO1 of the event; SW_EXITINFO2 is the page's GPA for Set.
enum class HvDoorbellRequest : std::uint64_t { GetPreferred = 0, Set = 1, Query = 2, Clear = 3 };
/// SW_EXITINFO2 of a reply that names no page.
inline constexpr std::uint64_t no_doorbell = ~0ull;

}  // namespace abi
