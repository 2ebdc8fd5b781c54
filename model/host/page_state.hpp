// SPDX-License-Identifier: MIT
// Page state changes: what a host accepts of a guest, and in which order it walks a list of them. The caller
// owns the memory and carries each change out. [GHCB "Page State Change", "SNP Page State Change"]
#pragma once
#include <cstdint>
#include <expected>
#include <optional>

#include "abi/adyton/host.hpp"
#include "abi/snp/ghcb.hpp"
#include "base/address.hpp"
#include "model/ghcb_msr.hpp"
#include "model/rmp.hpp"

namespace model::host {

/// One change, as a guest asks for it.
struct PageChange {
    Gpa page;
    PageSize size = PageSize::Size4K;
    abi::PscOperation operation{};
    [[nodiscard]] constexpr bool to_guest() const { return operation == abi::PscOperation::Private; }
    /// Smash and unsmash change no owner: they tell the host how the guest will use its pages.
    [[nodiscard]] constexpr bool is_hint() const {
        return operation == abi::PscOperation::Smash || operation == abi::PscOperation::Unsmash;
    }
    [[nodiscard]] constexpr GpaRange range() const { return {page, page + bytes_of(size)}; }
    friend constexpr bool operator==(const PageChange&, const PageChange&) = default;
};

enum class PageRefusal : std::uint8_t {
    UnknownOperation,
    Misaligned,   ///< for its size
    OutsideRam,   ///< part of the page is no RAM of this guest
    SvsmMemory,   ///< a level below VMPL0 names a page of the region that the image reserved for VMPL0
    SvsmMailbox,  ///< the same, a page that some VMPL0 has registered as its GHCB
};

/// What the host knows about the page that a change names.
struct PageScene {
    abi::Vmpl caller{};
    bool is_ram = false;        ///< all of the page
    GpaRange svsm_memory{};     ///< what the launch reserved for VMPL0; empty: nothing
    bool is_svsm_ghcb = false;  ///< some VMPL0 has registered a GHCB within the page
    bool protects_svsm = true;  ///< host policy: less privileged levels must not take pages of VMPL0
};

/// Decides whether the host makes this change. Success of a hint means that there is nothing to do. An error
/// changes nothing; the guest learns only that the host refused its request.
[[nodiscard]] std::expected<void, PageRefusal> check_change(const PageChange& change, const PageScene& scene);

/// What a host does with a page that is no RAM of the guest: QEMU ignores what becomes shared, and has no private
/// memory to give.
enum class HoleAction : std::uint8_t { Refuse, Grant, EndVm };
[[nodiscard]] HoleAction plan_hole(abi::adyton::Host host, const PageChange& change);

/// True when the new owner has all of the page already, in an RMP entry of that size. Such a change must be a
/// no-op: the page keeps its contents and its validity.
[[nodiscard]] bool is_done_already(const Rmp& rmp, const PageChange& change);

/// The change that a request by MSR names, always of 4 KiB. Only private and shared exist there.
[[nodiscard]] std::expected<PageChange, PageRefusal> read_change(const ghcb_msr::PageStateChange& request);
/// The reply to that request. The protocol defines 0 as success and gives the other codes no meaning.
/// [GHCB "SNP Page State Change"]
[[nodiscard]] std::uint64_t answer_change(bool is_done);

/// Why a walk through a list ended before the list did.
enum class PscRefusal : std::uint8_t {
    EndBeyondList,  ///< the last entry lies behind the buffer
    Misaligned,     ///< an entry's page, for its size
    BadProgress,    ///< more pages of the entry are done than it has
    UnknownOperation,
    NotMade,  ///< the caller did not make the change
};
/// SW_EXITINFO2 that says so.
[[nodiscard]] std::uint64_t info_2_of(PscRefusal refusal);

/// What hosts do differently with a list.
struct PscRules {
    std::uint64_t capacity =
        abi::psc_max_entries;    ///< entries from the list's beginning to the end of the buffer
    bool skips_unknown = false;  ///< an operation that KVM does not know counts as done
};

/// A walk through the list in a GHCB's shared buffer. The host works on a copy, which no other CPU writes.
/// The list says at each moment how far the walk has come; a refused entry is the one it names. Entries that are
/// complete are passed over; of one of 2 MiB that was begun, the rest is done by 4 KiB. A list whose first entry lies
/// behind its last is a list without work. KVM reads all this in this way.
class PscWalk {
public:
    /// Reads the header. Changes nothing in the list.
    explicit PscWalk(abi::PscBuffer& list, PscRules rules = {});
    /// The next change to make; empty at the end of the list or when the walk was refused. The caller answers
    /// with `made` or `refuse`.
    [[nodiscard]] std::optional<PageChange> next();
    /// The caller made the change: the entry says so, and once it is complete the header names the next one.
    void made();
    /// The caller did not make it: the header keeps naming this entry.
    void refuse() { refusal_ = PscRefusal::NotMade; }
    [[nodiscard]] std::optional<PscRefusal> refusal() const { return refusal_; }
    /// SW_EXITINFO2: 0 unless the walk was refused, whether or not it has reached the end.
    [[nodiscard]] std::uint64_t info_2() const { return refusal_ ? info_2_of(*refusal_) : 0; }

private:
    /// The rest of the entry that the header names; empty when none is left.
    [[nodiscard]] std::expected<std::optional<PageChange>, PscRefusal> read_entry() const;
    void complete(std::uint64_t done);
    abi::PscBuffer& list_;
    PscRules rules_;
    std::uint16_t end_;        ///< of the header when the walk began
    std::uint64_t pages_ = 0;  ///< of the change that is being made
    std::optional<PscRefusal> refusal_;
};

}  // namespace model::host
