// SPDX-License-Identifier: MIT
// The reverse map table and the rules of every access and instruction that consults it, as a pure state
// machine. One customer is the emulated machine, the other the desk machine of the unit tests. [APM2 "Secure
// Nested Paging"]
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <span>

#include "abi/snp/rmp.hpp"
#include "base/address.hpp"

namespace model {

using abi::Vmpl;

/// State of one 4 KiB page. `large` is set in all 512 entries of a page that the host assigned as one 2 MiB
/// page.
struct RmpEntry {
    bool assigned : 1 = false;  ///< belongs to the guest; else to the hypervisor ("shared")
    bool validated : 1 = false;
    bool vmsa : 1 = false;
    bool large : 1 = false;
    bool in_use : 1 = false;  ///< a VMSA that a CPU is running right now
    std::array<std::uint8_t, abi::vmpl_count> permissions{};
    friend constexpr bool operator==(const RmpEntry&, const RmpEntry&) = default;
};
static_assert(sizeof(RmpEntry) <= 8);

enum class AccessKind : std::uint8_t { Read, Write, ExecuteUser, ExecuteSupervisor };
enum class Encryption : std::uint8_t { Shared, Private };

/// Why an access or instruction cannot complete. What follows is the customer's business: some of these are a
/// nested page fault to the host, NotValidated is #VC in the guest, GeneralProtection is #GP.
enum class RmpFault : std::uint8_t {
    OutsideRam,    ///< no such page in the table
    NotAssigned,   ///< private access to a page of the hypervisor
    SizeMismatch,  ///< 4K instruction on a page that is 2M in the table: the host has to split it
    NotValidated,
    Permission,        ///< VMPL check
    InUse,             ///< write to a VMSA that runs
    SharedAccess,      ///< access without the C-bit to a page of the guest
    GeneralProtection  ///< the VMPL may not use the instruction at all
};

/// What PVALIDATE leaves in EAX and CF.
struct PvalidateOutcome {
    abi::RmpResult eax;
    bool carry;
    friend constexpr bool operator==(const PvalidateOutcome&, const PvalidateOutcome&) = default;
};

/// A view on the table: entry i describes guest-physical page i (this machine's memory is mapped one to one).
/// Not synchronised: a customer with several CPUs holds its own lock around every call.
class Rmp {
public:
    explicit Rmp(std::span<RmpEntry> entries) : entries_{entries} {}

    [[nodiscard]] bool contains(Gpa page) const { return page.value() / page_bytes < entries_.size(); }
    /// The entry of the page in which `at` lies; `contains(at)` must hold.
    [[nodiscard]] const RmpEntry& entry(Gpa at) const { return entries_[at.value() / page_bytes]; }
    [[nodiscard]] RmpEntry& entry(Gpa at) { return entries_[at.value() / page_bytes]; }

    /// Checks one access of the guest in the order of the manual. Shared reads of assigned pages are refused
    /// too: on silicon they return ciphertext, which no correct program wants. Nothing changes.
    [[nodiscard]] std::expected<void, RmpFault> check_access(Gpa at, AccessKind kind, Encryption encryption,
                                                             Vmpl vmpl) const;

    /// PVALIDATE by `current` on the page at `page` (already translated; aligned to `size` or the answer is
    /// FailInput). On a fault nothing has changed and the instruction would be restarted; so it is for
    /// RMPADJUST.
    [[nodiscard]] std::expected<PvalidateOutcome, RmpFault> pvalidate(Gpa page, PageSize size,
                                                                      abi::Validity wanted, Vmpl current);
    /// RMPADJUST by `current`; `attributes` is RDX.
    [[nodiscard]] std::expected<abi::RmpResult, RmpFault> rmpadjust(Gpa page, PageSize size,
                                                                    std::uint64_t attributes, Vmpl current);

    // Host side (RMPUPDATE, PSMASH). FailInUse when a page of the range is a running VMSA; nothing has
    // changed then.

    /// Gives the page to the guest, unvalidated, all rights to VMPL0 and none to the others. A page that the
    /// guest owns already stays as it is; 512 pages of 4 KiB that become one of 2 MiB are fresh, whatever
    /// they were. A 4 KiB page inside a large one splits it. FailInput: misaligned or not in the table.
    [[nodiscard]] abi::RmpResult assign(Gpa page, PageSize size);
    /// Takes the page back: the entry becomes that of a hypervisor page. Splits and refuses like `assign`.
    [[nodiscard]] abi::RmpResult unassign(Gpa page, PageSize size);
    /// Splits the 2 MiB page around `at` into 512 entries of 4 KiB that keep their state. No-op when it is
    /// split.
    void smash(Gpa at);
    /// What the AMD-SP does with a page of the launch: assigned, validated, VMPL0 only.
    void launch(Gpa page, bool is_vmsa);

private:
    /// Empty when the page is misaligned or does not lie in the table entirely.
    [[nodiscard]] std::span<RmpEntry> entries_of(Gpa page, PageSize size);
    std::span<RmpEntry> entries_;
};

}  // namespace model
