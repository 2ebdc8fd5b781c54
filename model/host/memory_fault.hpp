// SPDX-License-Identifier: MIT
// What a host does when silicon tells it of an access that the RMP refused. Each host chooses differently, and software
// can tell them apart only by this. [APM2 "RMP and VMPL Access Checks"] docs/machine.md has both columns.
#pragma once
#include <cstdint>

#include "abi/adyton/host.hpp"
#include "model/rmp.hpp"

namespace model::host {

/// The access, and what the host's own books say about the page.
struct RefusedAccess {
    RmpFault fault{};
    Encryption encryption{};
    AccessKind kind{};
    bool is_validated = false;  ///< the page is the guest's and has been used as such
};

enum class FaultAction : std::uint8_t {
    Report,       ///< the guest gets #VC, as if the nested entry had a reserved bit
    MakePrivate,  ///< the page changes hands, then the access is tried again
    MakeShared,
    ShowCiphertext,  ///< the nested tables map the page as it lies in memory
    TryAgain,  ///< nothing is done, and the access is tried again, until another vCPU has changed the RMP
    EndVm      ///< KVM returns to QEMU with a fault for which there is no memory, and QEMU stops
};

/// The strict host reports everything (ADR 0005). KVM takes the page for what the access takes it for; it finds nothing
/// to mend about a violation of rights; and it does not see a read without C-bit of a page that is in use, which its
/// nested tables map already. A lie about the page is not its doing, and is reported.
[[nodiscard]] FaultAction plan_memory_fault(abi::adyton::Host host, const RefusedAccess& access);

}  // namespace model::host
