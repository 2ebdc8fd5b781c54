// SPDX-License-Identifier: MIT
// Protocol 0 of the SVSM: numbers and the list that PVALIDATE takes. [SVSM "Core Protocol"]
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/bits.hpp"

namespace abi {

/// RAX of a call.
struct CallId {
    using Protocol = Bits<63, 32>;
    using Call = Bits<31, 0>;
};
inline constexpr std::uint32_t core_protocol = 0;
inline constexpr std::uint32_t core_protocol_version = 1;

enum class CoreCall : std::uint32_t {
    RemapCa = 0,        ///< SVSM_CORE_REMAP_CA
    Pvalidate = 1,      ///< SVSM_CORE_PVALIDATE
    CreateVcpu = 2,     ///< SVSM_CORE_CREATE_VCPU
    DeleteVcpu = 3,     ///< SVSM_CORE_DELETE_VCPU
    DepositMem = 4,     ///< SVSM_CORE_DEPOSIT_MEM
    WithdrawMem = 5,    ///< SVSM_CORE_WITHDRAW_MEM
    QueryProtocol = 6,  ///< SVSM_CORE_QUERY_PROTOCOL
    ConfigureVtom = 7,  ///< SVSM_CORE_CONFIGURE_VTOM
};

/// Head of the PVALIDATE list; `next` is in and out: the first entry not done.
struct PvalidateHeader {
    std::uint16_t entries, next;
    std::uint32_t reserved;
};
static_assert(sizeof(PvalidateHeader) == 8 && offsetof(PvalidateHeader, next) == 2);

struct PvalidateEntry {
    using Size = Bits<1, 0>;  ///< 0: 4K, 1: 2M; 2 and 3 are reserved
    using Action = Bits<2>;   ///< 0 rescind, 1 validate
    using IgnoreCf = Bits<3>;
    using Reserved = Bits<11, 4>;
    using Gfn = Bits<63, 12>;
};
/// The list may not leave its page, so this is the most that fits after the header.
inline constexpr unsigned pvalidate_max_entries = 511;

/// Entry of the list that DEPOSIT_MEM takes, whose header is that of PVALIDATE.
struct DepositEntry {
    using Size = Bits<1, 0>;
    using Reserved = Bits<11, 2>;
    using Gfn = Bits<63, 12>;
};
/// Head of the area that WITHDRAW_MEM fills; guest-physical addresses of 4 KiB pages follow.
struct WithdrawHeader {
    std::uint16_t count;
    std::uint16_t reserved[3];
};
static_assert(sizeof(WithdrawHeader) == 8);

/// RCX of CONFIGURE_VTOM.
struct ConfigureVtom {
    using Query = Bits<0>;
    using QueryReserved = Bits<63, 1>;
    using ConfigureReserved = Bits<11, 5>;
};

/// RCX of QUERY_PROTOCOL: question and answer.
struct QueryProtocol {
    using Protocol = Bits<63, 32>;
    using Version = Bits<31, 0>;
    using MaxVersion = Bits<63, 32>;
    using MinVersion = Bits<31, 0>;
};

}  // namespace abi
