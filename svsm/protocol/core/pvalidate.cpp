// SPDX-License-Identifier: MIT
// SVSM_CORE_PVALIDATE: checks each entry, and takes the turn of its 2 MiB.
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

/// Window of 2 MiB of guest memory: a window per page would cost more than the work on the page. A null
/// address means that it is not mapped.
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

/// State of one call.
struct Job {
    Guest& guest;
    abi::Vmpl level;
    FlushOnExit& flush;
    WorkBudget budget{};
    Surroundings around{};
    /// The turn of `around`, held as long as the list stays in those 2 MiB. One vCPU at a time works there,
    /// so other vCPUs see a page's state and its instruction change together. A vCPU waits for at most one
    /// call's budget per vCPU ahead of it. There is no deadlock, because a CPU that holds a turn
    /// waits for nothing.
    std::optional<TicketGuard> turn{};
    /// How many bytes from `free` on plain entries may name without further checks: 2 MiB when the guest may
    /// name each page, `turn` is held and the host's lines are coherent; else 0.
    Gpa free{};
    std::uint64_t free_bytes = 0;
    BlockWindow window{};
};

/// Work of an entry, in pages zeroed, the slowest step.
constexpr std::uint32_t work_of(PageSize size, abi::Validity action) {
    if (size == PageSize::Size4K || action == abi::Validity::Rescind) return 1;
    return large_page_bytes / page_bytes;
}

/// Leaves the current 2 MiB and reads the facts about those around `page`.
void move_on(Job& job, Gpa page) REQUIRES_SHARED(job.guest.lock) {
    job.free_bytes = 0;
    job.window.close();
    job.turn.reset();  // first: two vCPUs that each hold a turn could wait for each other
    job.around = job.guest.look_around(page);
}

/// Takes the turn of the 2 MiB around an entry that has passed its checks.
void settle_in(Job& job) {
    job.turn.emplace(*job.around.turn);
    if (!job.around.is_all_free()) return;
    job.free = job.around.range.begin;
    // Where lines must be evicted, the slow path handles each page alone: the test of `lines` belongs there.
    job.free_bytes = job.guest.lines == HostLines::Coherent ? large_page_bytes : 0;
    job.window.show(job.free);
}

/// Checks that the entry is well-formed and that the guest may name its page. On success `job` holds the turn
/// of the 2 MiB around it.
[[gnu::noinline]] CallResult check(Job& job, PvalidateEntry entry) REQUIRES_SHARED(job.guest.lock) {
    const auto page = TRY(entry.parse());
    if (!job.around.range.contains(page.range.begin)) move_on(job, page.range.begin);
    // Without this check a guest could rescind or zero the SVSM, a VMSA or a calling area. It covers all 512
    // pages of a 2 MiB entry.
    if (!job.guest.is_free(page.range, job.around)) return std::unexpected{SvsmError::InvalidAddress};
    if (!job.turn) settle_in(job);
    return {};
}

/// Carries out an entry of 2 MiB, those that the job is in.
[[gnu::noinline]] Code carry_out_large(Job& job, PvalidateEntry entry) {
    if (!job.budget.take(work_of(PageSize::Size2M, entry.action()))) return to_code(SvsmError::Incomplete);
    const Pages<PageSize::Size2M> pages{job.window.va(), *job.around.block.states, 0, job.guest.lines};
    return carry_out(pages, entry, job.level, job.flush);
}

/// Carries out an entry whose 2 MiB the guest may not name as a whole, or whose page may have lines
/// of the host.
[[gnu::noinline]] Code carry_out_alone(Job& job, PvalidateEntry entry) {
    if (!job.budget.take(work_of(PageSize::Size4K, entry.action()))) return to_code(SvsmError::Incomplete);
    const MappedPage page{machine::Window::Scratch4K, entry.page()};
    const Pages<PageSize::Size4K> pages{page.va(), *job.around.block.states, index_in_block(entry.page()),
                                        job.guest.lines};
    return carry_out(pages, entry, job.level, job.flush);
}

/// Fast path: lists are long and name adjacent small pages. A plain entry within `free` needs
/// no further check.
[[gnu::always_inline]] inline Code apply(Job& job, PvalidateEntry entry) REQUIRES_SHARED(job.guest.lock) {
    auto offset = entry.page() - job.free;
    if (!entry.is_plain() || offset >= job.free_bytes) [[unlikely]] {
        if (const auto checked = check(job, entry); !checked) return to_code(checked.error());
        // `check` has found all pages of a large entry to be ones that the guest may name.
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

/// Number of entries done, and the reason to stop.
struct Progress {
    Code code;
    std::size_t done;
};

/// Carries out the entries until one fails. The check for a wrapping address, once per entry, is off:
/// read_list has checked that the span lies in its buffer.
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
    // Flushes last, after the lock is released, so that a vCPU waiting for the lock does not wait for the
    // flush. A call that makes a page private in between revokes and flushes itself.
    FlushOnExit flush;
    // Shared: PVALIDATEs of different vCPUs run in parallel, but no page becomes a VMSA or
    // calling area meanwhile.
    const SharedGuard lock{guest.lock, *caller.reader};
    auto list = TRY(read_list(guest, at, *caller.scratch));
    Job job{guest, level, flush};
    job.guest.lock.assume_shared();  // `job.guest` is `guest`, whose lock is held
    const auto [code, done] = work_off(job, list.left());
    return close_list(guest, list, done, to_call_result(code));
}

}  // namespace svsm::core
