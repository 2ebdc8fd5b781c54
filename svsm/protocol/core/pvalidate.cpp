// SPDX-License-Identifier: MIT
// SVSM_CORE_PVALIDATE.
#include "base/result.hpp"
#include "svsm/guest/rights.hpp"
#include "svsm/protocol/core/core.hpp"
#include "svsm/protocol/core/errors.hpp"
#include "svsm/protocol/core/pvalidate_list.hpp"

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

CallResult validate(Va page, const PvalidateEntry& entry, abi::Vmpl highest) {
    TRY_VOID(change_validity(page, entry));
    // Zero before grant: the host may have put a page with the SVSM's secrets behind this address, and the
    // guest would read them.
    TRY_VOID(to_call_result(machine::zero(page, bytes_of(entry.size))));
    return to_call_result(grant_all(page, entry.size, highest));
}

CallResult apply(Guest& guest, abi::Vmpl level, std::uint64_t raw, FlushOnExit& flush) {
    const auto entry = TRY(parse_entry(raw));
    // Without these a guest could rescind or zero the SVSM, a VMSA or a calling area; all 512 pages of a 2
    // MiB entry count.
    if (!guest.ram.contains(entry.range) || guest.objects.conflicts(entry.range))
        return std::unexpected{SvsmError::InvalidAddress};
    const auto window =
        entry.size == PageSize::Size2M ? machine::Window::Scratch2M : machine::Window::Scratch4K;
    const auto page = machine::map_window(window, entry.range.begin);
    // One vCPU at a time: between another's zeroing and granting the host could exchange the page, we would
    // validate the new one, and the guest would read what it holds before we zero it.
    const RegionGuard turn{guest.regions, entry.range.begin};
    return entry.action == abi::Validity::Rescind ? rescind(page, entry, flush)
                                                  : validate(page, entry, level);
}

}  // namespace

CallResult pvalidate(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa at) {
    // Flushed last, after the lock is free again: a vCPU that waits for the lock need not wait for every
    // CPU's answer too. Whoever makes a page private in between revokes and flushes for itself.
    FlushOnExit flush;
    // Shared: PVALIDATEs of different vCPUs go on side by side, but no page becomes a VMSA or calling area
    // meanwhile.
    const SharedGuard lock{guest.lock};
    auto list = TRY(read_list(guest, at, *caller.scratch));
    CallResult result;
    while (result && !list.is_done()) {
        result = apply(guest, level, list.entries[list.next], flush);
        if (result) ++list.next;
    }
    const auto written = write_next(list);
    return result ? written : result;
}

}  // namespace svsm::core
