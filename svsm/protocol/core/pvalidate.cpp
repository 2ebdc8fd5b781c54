// SPDX-License-Identifier: MIT
// SVSM_CORE_PVALIDATE.
#include <optional>

#include "base/result.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/guest/rights.hpp"
#include "svsm/protocol/core/core.hpp"
#include "svsm/protocol/core/errors.hpp"
#include "svsm/protocol/core/page_entry.hpp"
#include "svsm/protocol/core/page_list.hpp"

namespace svsm::core {
namespace {

/// Flushes at the end of its scope if any right was reduced, on every path out.
class FlushOnExit {
public:
    FlushOnExit() = default;
    FlushOnExit(FlushOnExit&&) = delete;
    ~FlushOnExit() {
        if (is_needed_) machine::flush_guests();
    }
    void need() { is_needed_ = true; }

private:
    bool is_needed_ = false;
};

/// Of one entry. A plain number: taking a CallResult apart and putting it together again would cost more than
/// anything else that is done to an entry.
enum class Code : std::uint32_t { Done = abi::svsm_success };

constexpr Code to_code(SvsmError error) { return static_cast<Code>(error); }
constexpr CallResult to_call_result(Code code) {
    if (code == Code::Done) [[likely]]
        return {};
    return std::unexpected{static_cast<SvsmError>(code)};
}

/// Out of the way, so that the loop over the entries has no translation of errors in it.
[[gnu::cold, gnu::noinline]] Code refused(PvalidateError error) { return to_code(to_svsm_error(error)); }
[[gnu::cold, gnu::noinline]] Code refused(RmpadjustError error) { return to_code(to_svsm_error(error)); }

/// What the guest wants done with a page that it may name: our copy of the entry.
struct Change {
    std::uint64_t raw;
    [[nodiscard]] abi::Validity action() const {
        return abi::PvalidateEntry::Action::test(raw) ? abi::Validity::Validate : abi::Validity::Rescind;
    }
    [[nodiscard]] bool ignores_unchanged() const { return abi::PvalidateEntry::IgnoreCf::test(raw); }
};

[[gnu::always_inline]] inline Code change_validity(Va page, PageSize size, abi::Validity wanted,
                                                   Change change) {
    const auto changed = machine::pvalidate(page, size, wanted);
    if (changed) [[likely]]
        return Code::Done;
    if (changed.error() == PvalidateError::Unchanged && change.ignores_unchanged()) return Code::Done;
    return refused(changed.error());
}

[[gnu::always_inline]] inline Code rescind(Va page, PageSize size, Change change, FlushOnExit& flush) {
    flush.need();
    // Revoke before invalidate: rights left behind would be live again as soon as the page is.
    const auto revoked = revoke_all(page, size);
    // A page that is not valid has no rights to take; PVALIDATE below says which it is.
    if (!revoked && revoked.error() != RmpadjustError::Fault) [[unlikely]]
        return refused(revoked.error());
    return change_validity(page, size, abi::Validity::Rescind, change);
}

/// Undoes a validation whose zeroing met a hole: the host split the page and took a piece. What is behind the
/// hole holds whatever the host put there, and a page that is valid but not zeroed must not outlive the call:
/// the next one that grants it would show that to the guest. The page may have been valid, and the guest's,
/// before: its rights and translations go too.
[[gnu::cold, gnu::noinline]] Code take_back(Va page, PageSize size, FlushOnExit& flush) {
    flush.need();
    const auto take = [](Va at, PageSize bytes) {
        (void)revoke_all(at, bytes);  // fails where nothing is valid, and then there is nothing to take
        return machine::pvalidate(at, bytes, abi::Validity::Rescind).has_value();
    };
    if (!take(page, size))
        for (std::uint64_t at = 0; at < bytes_of(size); at += page_bytes)
            (void)take(page + at, PageSize::Size4K);
    return to_code(to_svsm_error(GuestFault{}));
}

[[gnu::always_inline]] inline Code validate(Va page, PageSize size, Change change, abi::Vmpl highest,
                                            FlushOnExit& flush) {
    if (const auto code = change_validity(page, size, abi::Validity::Validate, change); code != Code::Done)
        return code;
    // Zero before grant: the host may have put a page with the SVSM's secrets behind this address, and the
    // guest would read them.
    if (!machine::zero(page, bytes_of(size))) [[unlikely]]
        return take_back(page, size, flush);
    const auto granted = grant_all(page, size, highest);
    if (!granted) [[unlikely]]
        return refused(granted.error());
    return Code::Done;
}

/// What one call works with.
struct Job {
    Guest& guest;
    abi::Vmpl level;
    FlushOnExit& flush;
    Surroundings around{};
    /// The 2 MiB of `around` if the guest may name each of its pages and `turn` is held; empty if not.
    GpaRange free{};
    /// Of `around`, held as long as the list stays in those 2 MiB. One vCPU at a time: between another's
    /// zeroing and granting the host could exchange the page, we would validate the new one, and the guest
    /// would read what it holds before we zero it. Whoever waits, waits for one call's budget at most; and
    /// never for a vCPU that waits itself, for nobody waits for anything while holding a turn.
    std::optional<RegionGuard> turn{};
};

/// In pages zeroed: nothing else that is done to a page takes longer than that.
constexpr std::uint32_t work_of(PageSize size, abi::Validity action) {
    if (size == PageSize::Size4K || action == abi::Validity::Rescind) return 1;
    return large_page_bytes / page_bytes;
}

/// Is the entry well-formed, and its page the guest's? Then `job` knows the 2 MiB around it, and has their
/// turn.
[[gnu::noinline]] CallResult check(Job& job, std::uint64_t raw) {
    const auto entry = TRY(parse_pvalidate_entry(raw));
    if (!job.around.range.contains(entry.range.begin)) {
        job.free = {};
        job.turn.reset();  // first: two vCPUs with a turn each would wait for each other's
        job.around = job.guest.look_around(entry.range.begin);
    }
    // Without this a guest could rescind or zero the SVSM, a VMSA or a calling area; all 512 pages of a 2 MiB
    // entry count.
    if (!job.guest.is_free(entry.range, job.around)) return std::unexpected{SvsmError::InvalidAddress};
    if (!job.turn) {
        job.turn.emplace(*job.around.turn);
        if (job.around.is_all_free()) job.free = job.around.range;
    }
    return {};
}

/// Carries out an entry that passed `check` and is within the budget.
template <PageSize size>
[[gnu::always_inline]] inline Code carry_out(Job& job, Gpa at, Change change) {
    const MappedPage page{scratch_window(size), at};
    return change.action() == abi::Validity::Rescind
               ? rescind(page.va(), size, change, job.flush)
               : validate(page.va(), size, change, job.level, job.flush);
}

[[gnu::noinline]] Code carry_out_large(Job& job, Gpa at, Change change) {
    return carry_out<PageSize::Size2M>(job, at, change);
}

/// Lists are long, and of small pages side by side: an entry that is nothing but a small page of 2 MiB that
/// are the guest's altogether has passed every check by that.
[[gnu::always_inline]] inline Code apply(Job& job, WorkBudget& budget, std::uint64_t raw) {
    using Entry = abi::PvalidateEntry;
    static_assert(static_cast<std::uint64_t>(PageSize::Size4K) == 0);
    const Gpa page{raw & Entry::Gfn::mask};
    const bool is_plain = (raw & (Entry::Reserved::mask | Entry::Size::mask)) == 0;
    if (!is_plain || !job.free.contains(page)) [[unlikely]] {
        if (const auto checked = check(job, raw); !checked) return to_code(checked.error());
        if (Entry::Size::test(raw))
            return budget.take(work_of(PageSize::Size2M, Change{raw}.action()))
                       ? carry_out_large(job, page, {raw})
                       : to_code(SvsmError::Incomplete);
    }
    if (!budget.take(work_of(PageSize::Size4K, Change{raw}.action()))) [[unlikely]]
        return to_code(SvsmError::Incomplete);
    return carry_out<PageSize::Size4K>(job, page, {raw});
}

}  // namespace

CallResult pvalidate(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa at) {
    // Flushed last, after the lock is free again: a vCPU that waits for the lock need not wait for every
    // CPU's answer too. Whoever makes a page private in between revokes and flushes for itself.
    FlushOnExit flush;
    // Shared: PVALIDATEs of different vCPUs go on side by side, but no page becomes a VMSA or calling area
    // meanwhile.
    const SharedGuard lock{guest.lock, caller.index};
    auto list = TRY(read_list(guest, at, *caller.scratch));
    Job job{guest, level, flush};
    WorkBudget budget;
    return work_off(guest, list,
                    [&](std::uint64_t entry) { return to_call_result(apply(job, budget, entry)); });
}

}  // namespace svsm::core
