// SPDX-License-Identifier: MIT
// How the AMD-SP answers a command of the host. [SNP-ABI "Status Codes"]
#pragma once
#include <cstdint>

namespace abi {

/// Those that this project gives or takes.
enum class FirmwareStatus : std::uint32_t {
    Success = 0,
    InvalidGuestState = 0x02,
    PolicyFailure = 0x07,
    InvalidAddress = 0x09,
    BadSignature = 0x0a,
    BadMeasurement = 0x0b,
    Unsupported = 0x15,
    InvalidParameter = 0x16,
    InvalidPageState = 0x1a,
    AeadOverflow = 0x1d,  ///< a message channel has used up its numbers
    BadVersion = 0x22,
};

}  // namespace abi
