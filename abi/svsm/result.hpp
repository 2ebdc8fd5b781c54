// SPDX-License-Identifier: MIT
// What the SVSM leaves in RAX. [SVSM "Table 4: Result Codes"]
#pragma once
#include <cstdint>

namespace abi {

/// Values of RAX that mean failure; success is the empty value of std::expected.
enum class SvsmError : std::uint32_t {
    Incomplete = 0x8000'0000,
    UnsupportedProtocol = 0x8000'0001,
    UnsupportedCall = 0x8000'0002,
    InvalidAddress = 0x8000'0003,
    InvalidFormat = 0x8000'0004,
    InvalidParameter = 0x8000'0005,
    InvalidRequest = 0x8000'0006,
    Busy = 0x8000'0007,
    // Core protocol: 0x80001000 + EAX of PVALIDATE or RMPADJUST.
    FailInput = 0x8000'1001,
    FailPermission = 0x8000'1002,
    FailInUse = 0x8000'1003,
    FailSizeMismatch = 0x8000'1006,
    PvalidateUnchanged = 0x8000'1010,  ///< the carry flag was set and not to be ignored
    PvalidateUnknown = 0x8000'1011,    ///< EAX was none of the documented values
};
inline constexpr std::uint32_t svsm_success = 0;
/// With a number of 4 KiB pages in bits 29:0: deposit so much and ask again. Not a failure, not a success,
/// and never our answer (docs/adr/0014).
inline constexpr std::uint32_t svsm_more_memory = 0x4000'0000;

}  // namespace abi
