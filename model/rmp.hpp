// SPDX-License-Identifier: MIT
// The reverse map table and the rules of every access and instruction that consults it, as a pure state
// machine. Two programs use it: the software machine (snpemu) and the simulated machine of the unit tests
// (machine/sim). [APM2 "Secure Nested Paging"]
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <span>

#include "abi/snp/rmp.hpp"
#include "base/address.hpp"
#include "model/nested_map.hpp"

namespace model {

using abi::Vmpl;

/// Owner of a page, as its address space identifier. A machine with one guest needs no more values.
enum class Owner : std::uint8_t { Host, Guest, OtherGuest };

/// State of one 4 KiB system page: what silicon records about it, whatever the host's nested tables say.
/// `large` is set in all 512 entries of a page that the host assigned as one 2 MiB page.
struct RmpEntry {
    bool assigned : 1 = false;  ///< belongs to a guest; else to the hypervisor ("shared")
    bool validated : 1 = false;
    bool vmsa : 1 = false;
    bool large : 1 = false;
    bool in_use : 1 = false;  ///< a VMSA that a CPU is running right now
    Owner owner = Owner::Host;
    std::array<std::uint8_t, abi::vmpl_count> permissions{};
    /// The one guest address at which an access may reach the page: the host has bound it there.
    /// [APM2 "RMP Entry Format", Guest_Physical]
    Gpa guest{};
    friend constexpr bool operator==(const RmpEntry&, const RmpEntry&) = default;
};
static_assert(sizeof(RmpEntry) == 16);

enum class AccessKind : std::uint8_t { Read, Write, ExecuteUser, ExecuteSupervisor };
[[nodiscard]] constexpr bool is_fetch(AccessKind kind) {
    return kind == AccessKind::ExecuteUser || kind == AccessKind::ExecuteSupervisor;
}
enum class Encryption : std::uint8_t { Shared, Private };

/// Why an access or instruction cannot complete. The caller delivers it: most of these are a nested page
/// fault to the host, NotValidated is #VC in the guest, GeneralProtection is #GP.
enum class RmpFault : std::uint8_t {
    OutsideRam,    ///< no such page in the table
    NotAssigned,   ///< private access to a page of the hypervisor
    SizeMismatch,  ///< 4K instruction on a page that is 2M in the table: the host must split the page
    NotValidated,
    Permission,         ///< VMPL check
    InUse,              ///< write to a VMSA that runs
    SharedAccess,       ///< access without the C-bit to a page of the guest
    GeneralProtection,  ///< the VMPL may not use the instruction at all
    OtherAddress,  ///< private access to a page that is bound to another guest address, or to another guest
    NothingShown   ///< the host's nested tables map no page there
};

/// What PVALIDATE leaves in EAX and CF.
struct PvalidateOutcome {
    abi::RmpResult eax;
    bool carry;
    friend constexpr bool operator==(const PvalidateOutcome&, const PvalidateOutcome&) = default;
};

/// The table and the host's nested tables: entry i describes *system* page i, and every question names a
/// *guest* page, as software does. Two system pages may be bound to one guest address; the host chooses at
/// each moment which of them an access reaches. Not synchronised: a user with several CPUs holds its own lock
/// around every call.
class Rmp {
public:
    Rmp(std::span<RmpEntry> entries, NestedMap map) : entries_{entries}, map_{map} {}

    /// True when a page of the table is mapped there.
    [[nodiscard]] bool contains(Gpa page) const {
        const auto shown = map_.find(page);
        return shown && contains(*shown);
    }
    [[nodiscard]] bool contains(Spa page) const { return page.value() / page_bytes < entries_.size(); }
    /// The entry of the system page that is mapped at `at`; `contains(at)` must hold.
    [[nodiscard]] const RmpEntry& entry(Gpa at) const { return entry(*map_.find(at)); }
    [[nodiscard]] RmpEntry& entry(Gpa at) { return entry(*map_.find(at)); }
    /// The entry of a system page; `contains(at)` must hold.
    [[nodiscard]] const RmpEntry& entry(Spa at) const { return entries_[at.value() / page_bytes]; }
    [[nodiscard]] RmpEntry& entry(Spa at) { return entries_[at.value() / page_bytes]; }
    [[nodiscard]] const NestedMap& map() const { return map_; }

    /// Checks one access of the guest in the order of the manual, and changes nothing. It refuses shared
    /// reads of assigned pages too: silicon returns ciphertext, which no correct program wants. The system page that
    /// the access reaches.
    [[nodiscard]] std::expected<Spa, RmpFault> check_access(Gpa at, AccessKind kind, Encryption encryption,
                                                            Vmpl vmpl) const;

    /// PVALIDATE by `current` on the page at `page`, a translated address. FailInput unless it is aligned to
    /// `size` and all of it is memory. On a fault nothing has changed, and the CPU restarts the instruction;
    /// the same holds for RMPADJUST.
    [[nodiscard]] std::expected<PvalidateOutcome, RmpFault> pvalidate(Gpa page, PageSize size,
                                                                      abi::Validity wanted, Vmpl current);
    /// RMPADJUST by `current`; `attributes` is RDX.
    [[nodiscard]] std::expected<abi::RmpResult, RmpFault> rmpadjust(Gpa page, PageSize size,
                                                                    std::uint64_t attributes, Vmpl current);

    /// Has grown if an access that was allowed at `vmpl` may now be refused, or reach another page, so that an answer of
    /// `check_access` that somebody keeps has to be asked for again. Rights that are added, a page that is validated or
    /// split take nothing away. Not counted is a VMSA that comes into use: an answer about a write is kept together with a
    /// look at `in_use`.
    [[nodiscard]] std::uint64_t narrowings(Vmpl vmpl) const {
        return narrowings_[static_cast<std::size_t>(vmpl)];
    }

    // The host's side: RMPUPDATE, PSMASH, its own nested tables. FailInUse when a page of the range is a
    // running VMSA; nothing has changed then.

    /// Edits the nested tables: from now on `system` is mapped at the guest page `page`. RMP entries change
    /// in size only: both pages are 4 KiB, so a large page around either of them is split. FailInput:
    /// misaligned, or one of the two does not exist.
    [[nodiscard]] abi::RmpResult show(Gpa page, Spa system);
    /// Unmaps `page`. The system page that was mapped there keeps its entry.
    void hide(Gpa page);
    /// RMPUPDATE of a 4 KiB system page, mapped or not: binds it to the guest page `page`, unvalidated, all
    /// rights to VMPL0 and none to the others. Contents stay.
    [[nodiscard]] abi::RmpResult bind(Spa system, Gpa page, Owner owner = Owner::Guest);

    /// Gives the mapped page to the guest: bound to that address, unvalidated, all rights to VMPL0 and none
    /// to the others. A page that the guest owns there already stays as it is; 512 pages of 4 KiB that become
    /// one of 2 MiB are fresh, whatever they were. A 4 KiB page inside a large one splits it. FailInput:
    /// misaligned, not in the table, or 2 MiB that are not mapped as such.
    [[nodiscard]] abi::RmpResult assign(Gpa page, PageSize size);
    /// Takes the page back: its entry becomes one of a hypervisor page. Splits and refuses like `assign`.
    [[nodiscard]] abi::RmpResult unassign(Gpa page, PageSize size);
    /// Splits the 2 MiB page around `at` into 512 entries of 4 KiB that keep their state. A split page stays
    /// as it is.
    void smash(Gpa at);
    /// What the AMD-SP does with a page of the launch: assigned, validated, VMPL0 only.
    void launch(Gpa page, bool is_vmsa);

private:
    /// Whether PVALIDATE and RMPADJUST accept the page: aligned, and all of it memory. A first page that is
    /// no memory is a fault, which `check_binding` decides.
    [[nodiscard]] bool is_operand(Gpa page, PageSize size) const;
    /// Entries of the system pages mapped at `page`. Empty when the page is misaligned, does not lie in the
    /// table entirely, or several system pages make up its 2 MiB.
    [[nodiscard]] std::span<RmpEntry> entries_of(Gpa page, PageSize size);
    /// First check of every private access: a page is mapped, the guest owns it, and it is bound
    /// to this address. The page's entry, never null.
    [[nodiscard]] std::expected<const RmpEntry*, RmpFault> check_binding(Gpa page) const;
    /// The system page that is mapped at `at`, which the table knows.
    [[nodiscard]] std::expected<Spa, RmpFault> mapped(Gpa at) const;
    void smash(Spa at);
    /// Before a change that may take a page away from all levels.
    void narrow_all() {
        for (std::uint64_t& count : narrowings_) ++count;
    }
    std::span<RmpEntry> entries_;
    NestedMap map_;
    std::array<std::uint64_t, abi::vmpl_count> narrowings_{};
};

/// What PVALIDATE and RMPADJUST refuse before they translate their operand: a linear address in RAX that does not fit the
/// size. [APM3 "PVALIDATE", "RMPADJUST"]
[[nodiscard]] constexpr bool is_misaligned(std::uint64_t linear, PageSize size) {
    return size == PageSize::Size2M && linear % large_page_bytes >= page_bytes;
}
/// What RMPADJUST refuses by RDX and the level of the caller alone; the rest depends on the page.
[[nodiscard]] abi::RmpResult check_attributes(PageSize size, std::uint64_t attributes, Vmpl current);
/// OF, SF, ZF, AF and PF, as the two instructions leave them for a result; CF is PVALIDATE's own answer.
[[nodiscard]] std::uint64_t flags_of(abi::RmpResult result);

/// Result of an instruction that the host may have had to help with.
template <class Result>
struct Carried {
    Result result;
    bool was_split = false;  ///< the host has split the 2 MiB page around the operand
};

/// Carries out `instruction(rmp)`, which returns expected<T, RmpFault>, on the page at `page`. An instruction
/// of 4 KiB on a 2 MiB page faults to the host, which splits the page, as KVM does; the CPU then executes the
/// instruction once more.
template <class Instruction>
auto carry_out(Rmp& rmp, Gpa page, Instruction instruction) -> Carried<decltype(instruction(rmp))> {
    auto result = instruction(rmp);
    if (result || result.error() != RmpFault::SizeMismatch) return {result};
    rmp.smash(page);
    return {instruction(rmp), true};
}

}  // namespace model
