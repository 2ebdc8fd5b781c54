// SPDX-License-Identifier: MIT
// SVSM_CORE_PVALIDATE: which entries may be carried out, and in whose turn.
#include <optional>

#include "base/result.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/protocol/core/core.hpp"
#include "svsm/protocol/core/page_change.hpp"
#include "svsm/protocol/core/page_entry.hpp"
#include "svsm/protocol/core/page_list.hpp"
#include "svsm/protocol/core/work_budget.hpp"

namespace svsm::core {
namespace {

/// 2 MiB of the guest's, seen as a whole: a window for each page would cost more than all that is done to it.
/// The address says whether it is open, because it is needed anyway.
class BlockWindow {
public:
    BlockWindow() = default;
    ~BlockWindow() { close(); }
    BlockWindow(BlockWindow&&) = delete;
    void show(Gpa block) { va_ = machine::map_window(machine::Window::Scratch2M, block); }
    void close() {
        if (va_ != Va{}) machine::unmap_window(machine::Window::Scratch2M);
        va_ = {};
    }
    [[nodiscard]] Va va() const { return va_; }

private:
    Va va_{};
};

/// What one call works with.
struct Job {
    Guest& guest;
    abi::Vmpl level;
    FlushOnExit& flush;
    WorkBudget budget{};
    Surroundings around{};
    /// Of `around`, held as long as the list stays in those 2 MiB. One vCPU at a time: what the table says of
    /// a page and what is done to it are one step for everybody else. Whoever waits, waits for one call's
    /// budget at most; and never for a vCPU that waits itself, for nobody waits for anything while holding a
    /// turn.
    std::optional<RegionGuard> turn{};
    /// How much of the 2 MiB that begin at `free` may be named by plain entries: all, when the guest may name
    /// each page, `turn` is held and the host's lines are coherent, else nothing.
    Gpa free{};
    std::uint64_t free_bytes = 0;
    BlockWindow window{};
};

/// In pages zeroed: nothing else that is done to a page takes longer than that.
constexpr std::uint32_t work_of(PageSize size, abi::Validity action) {
    if (size == PageSize::Size4K || action == abi::Validity::Rescind) return 1;
    return large_page_bytes / page_bytes;
}

/// Leaves the 2 MiB in which the list has been and looks at those around `page`.
void move_on(Job& job, Gpa page) REQUIRES_SHARED(job.guest.lock) {
    job.free_bytes = 0;
    job.window.close();
    job.turn.reset();  // first: two vCPUs with a turn each would wait for each other's
    job.around = job.guest.look_around(page);
}

/// Takes the turn of the 2 MiB around an entry that was found to be in order.
void settle_in(Job& job) {
    job.turn.emplace(*job.around.turn);
    if (!job.around.is_all_free()) return;
    job.free = job.around.range.begin;
    // Where lines must be evicted each page is gone about alone: there, and not here, a look at that is
    // cheap.
    job.free_bytes = job.guest.lines == HostLines::Coherent ? large_page_bytes : 0;
    job.window.show(job.free);
}

/// Is the entry well-formed, and its page the guest's? Then `job` knows the 2 MiB around it, and has their
/// turn.
[[gnu::noinline]] CallResult check(Job& job, PvalidateEntry entry) REQUIRES_SHARED(job.guest.lock) {
    const auto page = TRY(entry.parse());
    if (!job.around.range.contains(page.range.begin)) move_on(job, page.range.begin);
    // Without this a guest could rescind or zero the SVSM, a VMSA or a calling area; all 512 pages of a 2 MiB
    // entry count.
    if (!job.guest.is_free(page.range, job.around)) return std::unexpected{SvsmError::InvalidAddress};
    if (!job.turn) settle_in(job);
    return {};
}

/// All of the 2 MiB that the job is in.
[[gnu::noinline]] Code carry_out_large(Job& job, PvalidateEntry entry) {
    if (!job.budget.take(work_of(PageSize::Size2M, entry.action()))) return to_code(SvsmError::Incomplete);
    const Pages<PageSize::Size2M> pages{job.window.va(), *job.around.block.states, 0, job.guest.lines};
    return carry_out(pages, entry, job.level, job.flush);
}

/// A page whose neighbours are not all the guest's, or may hold lines of the host: seen alone.
[[gnu::noinline]] Code carry_out_alone(Job& job, PvalidateEntry entry) {
    if (!job.budget.take(work_of(PageSize::Size4K, entry.action()))) return to_code(SvsmError::Incomplete);
    const MappedPage page{machine::Window::Scratch4K, entry.page()};
    const Pages<PageSize::Size4K> pages{page.va(), *job.around.block.states, index_in_block(entry.page()),
                                        job.guest.lines};
    return carry_out(pages, entry, job.level, job.flush);
}

/// Lists are long, and of small pages side by side: an entry that is nothing but a small page of 2 MiB that
/// are the guest's altogether has passed every check by that.
[[gnu::always_inline]] inline Code apply(Job& job, PvalidateEntry entry) REQUIRES_SHARED(job.guest.lock) {
    auto offset = entry.page() - job.free;
    if (!entry.is_plain() || offset >= job.free_bytes) [[unlikely]] {
        if (const auto checked = check(job, entry); !checked) return to_code(checked.error());
        // All of a large entry's pages are the guest's: they were seen together.
        if (entry.is_large()) return carry_out_large(job, entry);
        if (job.free_bytes == 0) return carry_out_alone(job, entry);
        offset = entry.page() - job.free;
    }
    if (!job.budget.take(work_of(PageSize::Size4K, entry.action()))) [[unlikely]]
        return to_code(SvsmError::Incomplete);
    const Pages<PageSize::Size4K> pages{job.window.va() + offset, *job.around.block.states,
                                        offset / page_bytes};
    return carry_out(pages, entry, job.level, job.flush);
}

/// How far a list was worked off, and what stopped it.
struct Progress {
    Code code;
    std::size_t done;
};

/// Carries the entries out until one fails. Not checked for an address that wraps, once
/// for each entry: read_list has seen that the span lies in its buffer.
[[clang::no_sanitize("pointer-overflow")]] Progress work_off(Job& job, std::span<const std::uint64_t> entries)
    REQUIRES_SHARED(job.guest.lock) {
    auto code = Code::Done;
    auto at = entries.begin();
    for (; at != entries.end(); ++at) {
        code = apply(job, {*at});
        if (code != Code::Done) [[unlikely]]
            break;
    }
    return {code, static_cast<std::size_t>(at - entries.begin())};
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
    job.guest.lock.assume_shared();  // it is `guest`, whose lock is held
    const auto [code, done] = work_off(job, list.left());
    return close_list(guest, list, done, to_call_result(code));
}

}  // namespace svsm::core
