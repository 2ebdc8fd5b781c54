// SPDX-License-Identifier: MIT
// SVSM_CORE_PVALIDATE.
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

CallResult change_validity(Va page, const PvalidateEntry& entry) {
    const auto changed = machine::pvalidate(page, entry.size, entry.action);
    if (!changed && changed.error() == PvalidateError::Unchanged && entry.ignore_unchanged) return {};
    return to_call_result(changed);
}

CallResult rescind(Va page, const PvalidateEntry& entry, FlushOnExit& flush) {
    flush.need();
    // Revoke before invalidate: rights left behind would be live again as soon as the page is.
    const auto revoked = revoke_all(page, entry.size);
    // A page that is not valid has no rights to take; PVALIDATE below says which it is.
    if (!revoked && revoked.error() != RmpadjustError::Fault) return to_call_result(revoked);
    return change_validity(page, entry);
}

/// Undoes a validation whose zeroing met a hole: the host split the page and took a piece. What is behind the
/// hole holds whatever the host put there, and a page that is valid but not zeroed must not outlive the call:
/// the next one that grants it would show that to the guest. The page may have been valid, and the guest's,
/// before: its rights and translations go too.
[[gnu::noinline]] void take_back(Va page, PageSize size, FlushOnExit& flush) {
    flush.need();
    const auto take = [](Va at, PageSize bytes) {
        (void)revoke_all(at, bytes);  // fails where nothing is valid, and then there is nothing to take
        return machine::pvalidate(at, bytes, abi::Validity::Rescind).has_value();
    };
    if (take(page, size)) return;
    for (std::uint64_t at = 0; at < bytes_of(size); at += page_bytes) (void)take(page + at, PageSize::Size4K);
}

CallResult validate(Va page, const PvalidateEntry& entry, abi::Vmpl highest, FlushOnExit& flush) {
    TRY_VOID(change_validity(page, entry));
    // Zero before grant: the host may have put a page with the SVSM's secrets behind this address, and the
    // guest would read them.
    if (const auto zeroed = to_call_result(machine::zero(page, bytes_of(entry.size))); !zeroed) [[unlikely]] {
        take_back(page, entry.size, flush);
        return zeroed;
    }
    return to_call_result(grant_all(page, entry.size, highest));
}

/// What one call works with.
struct Job {
    Guest& guest;
    abi::Vmpl level;
    FlushOnExit& flush;
    WorkBudget budget{};
    Surroundings around{};
};

/// In pages zeroed: nothing else that is done to a page takes longer than that.
std::uint32_t work_of(const PvalidateEntry& entry) {
    if (entry.size == PageSize::Size4K || entry.action == abi::Validity::Rescind) return 1;
    return large_page_bytes / page_bytes;
}

[[gnu::always_inline]] inline CallResult apply(Job& job, const PvalidateEntry& entry) {
    if (!job.around.range.contains(entry.range.begin)) [[unlikely]]
        job.around = job.guest.look_around(entry.range.begin);
    // Without this a guest could rescind or zero the SVSM, a VMSA or a calling area; all 512 pages of a 2 MiB
    // entry count.
    if (!job.guest.is_free(entry.range, job.around)) return std::unexpected{SvsmError::InvalidAddress};
    if (!job.budget.take(work_of(entry))) return std::unexpected{SvsmError::Incomplete};
    const MappedPage page{scratch_window(entry.size), entry.range.begin};
    // One vCPU at a time: between another's zeroing and granting the host could exchange the page, we would
    // validate the new one, and the guest would read what it holds before we zero it.
    const RegionGuard turn{*job.around.turn};
    return entry.action == abi::Validity::Rescind ? rescind(page.va(), entry, job.flush)
                                                  : validate(page.va(), entry, job.level, job.flush);
}

CallResult apply_entry(Job& job, std::uint64_t raw) {
    const auto entry = TRY(parse_pvalidate_entry(raw));
    // The two sizes apart, each with its own constants: lists are long.
    return entry.size == PageSize::Size4K
               ? apply(job, {{entry.range, PageSize::Size4K}, entry.action, entry.ignore_unchanged})
               : apply(job, {{entry.range, PageSize::Size2M}, entry.action, entry.ignore_unchanged});
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
    return work_off(guest, list, [&](std::uint64_t entry) { return apply_entry(job, entry); });
}

}  // namespace svsm::core
