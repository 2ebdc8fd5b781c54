// SPDX-License-Identifier: MIT
// The launch of one guest as the AMD-SP carries it out: which commands it accepts in which state, and how
// each changes a page. [SNP-ABI "Guest Launch"]
#pragma once
#include <cstdint>
#include <expected>
#include <string_view>

#include "base/address.hpp"
#include "model/rmp.hpp"

namespace model::psp {

/// What a page of LAUNCH_UPDATE is. [SNP-ABI "SNP_LAUNCH_UPDATE"]
enum class PageType : std::uint8_t {
    Normal = 1,
    Vmsa = 2,
    Zero = 3,        ///< the AMD-SP clears it
    Unmeasured = 4,  ///< contents that are not in the launch digest
    Secrets = 5,     ///< the AMD-SP writes all of it
    Cpuid = 6,       ///< the host's table
};

/// Where the guest is in its life. [SNP-ABI "Guest State"]
enum class GuestState : std::uint8_t { Init, Launch, Running };

/// Why the AMD-SP refuses a command. Nothing has changed then.
enum class Refusal : std::uint8_t {
    InvalidGuestState,  ///< the command does not belong to this state
    InvalidAddress,     ///< misaligned, or no page that the RMP describes
    InvalidPageState,   ///< the page is the guest's already
};
[[nodiscard]] std::string_view describe(Refusal refusal);

/// Rights that a host chooses for VMPL1, 2 and 3 in LAUNCH_UPDATE; VMPL0 gets all. (abi::Permission)
struct LowerRights {
    std::uint8_t vmpl1 = 0, vmpl2 = 0, vmpl3 = 0;
};

/// The AMD-SP's record of one guest. A VMSA of the launch lies outside guest memory here and has an RMP entry
/// of its own.
class Launch {
public:
    /// LAUNCH_START. The AMD-SP keeps `policy` and reports it; no bit of it changes what this
    /// machine does. InvalidGuestState.
    [[nodiscard]] std::expected<void, Refusal> start(std::uint64_t policy);
    /// LAUNCH_UPDATE of one page of 4 KiB: afterwards the guest owns it, validated, with all rights for VMPL0
    /// and `lower` for the others. The caller fills it. InvalidGuestState, InvalidAddress, InvalidPageState.
    [[nodiscard]] std::expected<void, Refusal> update(Rmp& rmp, Gpa page, LowerRights lower);
    /// LAUNCH_UPDATE of a page of type Vmsa: returns its RMP entry. InvalidGuestState.
    [[nodiscard]] std::expected<RmpEntry, Refusal> update_vmsa() const;
    /// LAUNCH_FINISH: the guest may run, and the AMD-SP accepts no more pages of it. InvalidGuestState.
    [[nodiscard]] std::expected<void, Refusal> finish();

    [[nodiscard]] GuestState state() const { return state_; }
    [[nodiscard]] std::uint64_t policy() const { return policy_; }
    /// Pages of guest memory so far.
    [[nodiscard]] std::uint64_t pages() const { return pages_; }

private:
    GuestState state_ = GuestState::Init;
    std::uint64_t policy_ = 0, pages_ = 0;
};

}  // namespace model::psp
