// SPDX-License-Identifier: MIT
// Why the AMD-SP gave the SVSM no answer.
#pragma once
#include <cstdint>

namespace svsm::psp {

/// One reason each. After those from `HostStatus` to `BadTag` VMPCK0 is wiped: the SVSM does not know which numbers
/// the AMD-SP has used, and a number that served two messages would give both away. [SNP-ABI "Guest Messages"]
enum class MessageError : std::uint8_t {
    KeyGone,         ///< VMPCK0 was wiped earlier; nothing was sent
    KeyUnreachable,  ///< the host took the page with VMPCK0
    NumbersUsedUp,   ///< nothing was sent
    NotOffered,      ///< the host does not understand the event; the message waits
    Busy,            ///< the host stayed busy; the message waits
    HostStatus,      ///< a status of the host that answers nothing that was asked
    FirmwareStatus,  ///< the AMD-SP refused the message, or the host says so
    WrongNumber,     ///< an answer, but not to this message: an old one, or none
    WrongType,
    WrongVersion,
    WrongFormat,  ///< algorithm, version or length of the header, or bytes that must be zero
    WrongKey,     ///< an answer that names another VMPCK
    TooLong,      ///< longer than any answer to this message
    BadTag,       ///< not written by the AMD-SP
    Refused,      ///< the AMD-SP's own status inside an authentic answer: nothing for such a request
    WrongReport,  ///< an authentic answer that does not contain the report asked for
    WrongClock,   ///< the same, of a clock
};

/// After these the SVSM has wiped VMPCK0.
[[nodiscard]] constexpr bool is_final(MessageError failure) {
    return failure >= MessageError::HostStatus && failure <= MessageError::BadTag;
}

}  // namespace svsm::psp
