// SPDX-License-Identifier: MIT
// When an adversary acts, and how: rows of data. At each moment at which the machine could lie, it asks here
// whether a row is due, and carries out what is. An honest machine has no rows. docs/adr/0044
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "abi/snp/rmp.hpp"
#include "base/address.hpp"
#include "base/fixed_vector.hpp"

namespace model::host {

/// Where the machine asks. The comment names the address of the moment; no comment: it has no address.
enum class Moment : std::uint8_t {
    // Before the guest runs.
    SetsUpVcpu,  ///< what the host writes into its control block: the number of the vCPU
    StartsLaunch,
    LoadsPage,  ///< the page
    LoadsVmsa,
    FillsSecrets,     ///< the page
    FillsCpuid,       ///< the page
    DescribesMemory,  ///< a range that the memory map is about to call RAM
    FinishesLaunch,

    // The CPU, before and after an instruction that touches the page's RMP entry.
    Validates,  ///< the page
    Validated,
    Rescinds,
    Rescinded,
    MakesVmsa,  ///< an RMPADJUST that asks for a VMSA
    MadeVmsa,
    Adjusts,  ///< any other RMPADJUST: rights are granted or revoked
    Adjusted,
    Touches,       ///< a load or store that met no translation: the address
    SeesAccess,    ///< the same, or PVALIDATE or RMPADJUST names a page: before anything is decided
    ResumesVmpl0,  ///< VMPL0 continues, at its entry or behind an emulated instruction

    // Requests by the GHCB MSR.
    AsksSevInfo,
    AsksCpuid,      ///< the function
    RegistersGhcb,  ///< the page
    AsksPageState,  ///< the page
    AsksFeatures,
    AsksAccomplice,  ///< a request that no specification knows: the page in it

    // Events by the GHCB page.
    AsksPort,          ///< the port
    AsksPageList,      ///< the GHCB
    AsksApicIds,       ///< the buffer
    AsksMessage,       ///< a message to the AMD-SP: its page
    AsksCertificates,  ///< room for them: the first page

    // Both.
    GivesPage,     ///< the page that is about to become private
    TakesPage,     ///< the page that is about to become shared
    ProtectsPage,  ///< the page that a level below VMPL0 wants to give or take
    RunsVmpl,      ///< the VMPL that is to run
    AsksAp,        ///< AP creation in any form: the APIC id
    InstallsAp,    ///< a save area comes for another vCPU: the APIC id
    PostponesAp,   ///< a save area waits until a more privileged level gives its vCPU up
};
inline constexpr unsigned moment_count = static_cast<unsigned>(Moment::PostponesAp) + 1;

/// What the machine does instead of the truth.
enum class Act : std::uint8_t {
    Refuse,      ///< says no
    Claim,       ///< says that it has done it, and does nothing
    Omit,        ///< does not answer: the request stays where the reply should be
    Delay,       ///< does it behind the next one of its kind
    Set,         ///< `field` gets `value`
    SetBits,     ///< the bits of `value` in `field` are 1
    ClearBits,   ///< the bits of `value` in `field` are 0
    FlipBits,    ///< the bits of `value` in `field` are inverted
    Add,         ///< `value` is added to `field`
    Copy,        ///< `field` repeats another entry of its list
    Raise,       ///< the exception `field` with the error code `value`
    Interrupt,   ///< the interrupt `field`, once VMPL0 has handled the last one
    Convert,     ///< the page becomes what the access takes it for
    Allow,       ///< less privileged software may take pages of VMPL0
    Rebind,      ///< a page of VMPL0's region is taken away and given back, without its contents
    StealStack,  ///< the page under VMPL0's stack pointer is taken away
    LandLines,   ///< cache lines that the host had dirty are written back
    Obey,        ///< obeys its guest; `field` says which second page the host binds
    ShowFirst,   ///< maps the first of the two system pages of one address
    ShowSecond,
    Fault,  ///< #VC "page not validated" instead of the instruction
};

/// The part of the answer that is wrong.
enum class Field : std::uint8_t {
    None,
    Rights,  ///< permissions of all VMPLs
    Vmpl,
    Version,  ///< of a page, or the oldest one of a protocol
    Count,
    CBit,  ///< position of the C-bit
    End,   ///< of a range, counted from the beginning of VMPL0's region
    Features,
    Invlpgb,  ///< whether the CPU has the instruction
    Reply,    ///< the number of the reply
    First,    ///< entry of a list
    Last,
    Contents,  ///< the first quadword of a page, or of an ID block
    Policy,
    SvsmPage,   ///< a page that was VMPL0's
    SparePage,  ///< a page that the guest has never seen
    // Vectors.
    InvalidOpcode,
    PageFault,
    Vc,
    Nmi,
    Hv,
};

struct Lie {
    Act act{};
    Field field = Field::None;
    std::uint64_t value = 0;
    friend constexpr bool operator==(const Lie&, const Lie&) = default;
};

/// Which addresses, or other numbers, a row is about.
struct Subject {
    enum class Kind : std::uint8_t {
        Any,
        Svsm,     ///< within VMPL0's region
        Guest,    ///< outside of it
        Pair,     ///< the address that has two system pages
        Between,  ///< from `first` to `last`
    } kind = Kind::Any;
    std::uint64_t first = 0, last = 0;
    friend constexpr bool operator==(const Subject&, const Subject&) = default;
};

/// Sets of VMPLs, bit n is VMPL n.
struct Levels {
    static constexpr std::uint8_t vmpl0 = 0b0001, guests = 0b1110, any = 0b1111;
};
inline constexpr unsigned any_vcpu = ~0u;

/// A moment, and which of its occurrences.
struct When {
    Moment moment{};
    std::uint8_t levels = Levels::any;  ///< of the software on whose behalf the machine acts
    Subject subject{};
    unsigned vcpu = any_vcpu;
    /// First and last occurrence that the row is due at, among those that match the rest of it; the
    /// first is 1.
    std::uint32_t from = 1, to = ~0u;
};

/// One act of the adversary `name`. Several rows may have one name: together they are one way to misbehave.
struct Row {
    std::string_view name;
    When when;
    Lie lie;
};

/// What happens at a moment.
struct Occurrence {
    Moment moment{};
    unsigned vcpu = 0;
    abi::Vmpl vmpl{};
    std::uint64_t address = 0, bytes = 1;  ///< or another number, see Moment
};

/// The lies that are due, in the order of their rows.
class Due {
public:
    static constexpr std::size_t most = 4;
    [[nodiscard]] bool empty() const { return lies_.empty(); }
    [[nodiscard]] const Lie* begin() const { return lies_.begin(); }
    [[nodiscard]] const Lie* end() const { return lies_.end(); }
    /// The first with that act; null when there is none.
    [[nodiscard]] const Lie* find(Act act) const&;
    const Lie* find(Act act) const&& = delete;  // it would outlive the list
    [[nodiscard]] bool has(Act act) const { return find(act) != nullptr; }
    /// `truth` with all due lies about that field applied.
    [[nodiscard]] std::uint64_t applied_to(Field field, std::uint64_t truth) const;
    /// Rows beyond `most` at one moment do not act.
    void add(const Lie& lie) { (void)lies_.push_back(lie); }

private:
    FixedVector<Lie, most> lies_;
};

/// The rows of one machine and how often each was met. Rows are added before the machine runs; `due` and
/// `retire` may be called on all of its CPUs at once.
class Hooks {
public:
    static constexpr std::size_t max_rows = 16;

    /// False: there is no room. Nothing has changed then.
    [[nodiscard]] bool add(const Row& row);
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    /// Whether some row is about that moment. An honest machine asks this at every moment, before it makes an
    /// occurrence and an empty list: the answer costs a load and a test.
    [[nodiscard]] bool waits_for(Moment moment) const {
        return (moments_ >> static_cast<unsigned>(moment) & 1) != 0;
    }
    /// Counts the occurrence for each row that it matches, and returns what is due.
    [[nodiscard]] Due due(const Occurrence& at) {
        if (!waits_for(at.moment)) [[likely]]
            return {};
        return look_up(at);
    }
    /// From now on no row with this act is due: the act succeeds once.
    void retire(Act act);

    GpaRange svsm_memory{};  ///< VMPL0's region, as the launch found it
    /// The address with two system pages, if there is one now.
    void set_pair(Gpa page) { pair_ = page.page().value(); }
    void end_pair() { pair_ = no_pair; }
    [[nodiscard]] bool has_pair() const { return pair_ != no_pair; }

private:
    static constexpr std::uint64_t no_pair = ~0ull;
    [[nodiscard]] Due look_up(const Occurrence& at);
    [[nodiscard]] bool matches(const When& when, const Occurrence& at) const;
    [[nodiscard]] bool is_about(const Subject& subject, const Occurrence& at) const;

    FixedVector<Row, max_rows> rows_;
    std::array<std::atomic<std::uint32_t>, max_rows> met_{};
    std::atomic<std::uint32_t> retired_ = 0;  ///< bit n: act n
    std::atomic<std::uint64_t> pair_ = no_pair;
    std::uint64_t moments_ = 0;  ///< bit n: some row waits for moment n
    static_assert(moment_count <= 64);
};

/// The moment after the instruction of `moment`; `moment` itself where there is none.
[[nodiscard]] constexpr Moment after(Moment moment) {
    switch (moment) {
        case Moment::Validates: return Moment::Validated;
        case Moment::Rescinds: return Moment::Rescinded;
        case Moment::MakesVmsa: return Moment::MadeVmsa;
        case Moment::Adjusts: return Moment::Adjusted;
        default: return moment;
    }
}

}  // namespace model::host
