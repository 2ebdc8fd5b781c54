// SPDX-License-Identifier: MIT
#include "svsm/launch/prepare_memory.hpp"

#include <algorithm>

#include "base/result.hpp"
#include "machine/machine.hpp"
#include "svsm/ghcb/page_state.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/guest/rights.hpp"

namespace svsm {
namespace {

constexpr auto failed = std::unexpected{Termination::GuestMemory};

const GpaRange* find_overlap(std::span<const GpaRange> ranges, GpaRange range) {
    const auto found = std::ranges::find_if(ranges, [&](const GpaRange& r) { return r.overlaps(range); });
    return found == ranges.end() ? nullptr : &*found;
}

/// Cuts the plan's memory into the largest pages that avoid `keep_out`, and calls `visit(page,
/// size)` for each.
template <class Visit>
BootResult for_each_page(const MemoryPlan& plan, Visit visit) {
    for (const auto& ram : plan.ram) {
        for (auto at = ram.begin; at < ram.end;) {
            const GpaRange small{at, at + page_bytes}, large{at, at + large_page_bytes};
            if (const auto* kept = find_overlap(plan.keep_out, small)) {
                at = kept->end;
                continue;
            }
            const bool fits = at.is_aligned(large_page_bytes) && ram.contains(large) &&
                              find_overlap(plan.keep_out, large) == nullptr;
            const auto size = fits ? PageSize::Size2M : PageSize::Size4K;
            TRY_VOID(visit(at, size));
            at = at + bytes_of(size);
        }
    }
    return {};
}

/// Changes the state of all of a page of 4 KiB or 2 MiB.
template <PageState from, PageState to>
void change(GuestPages& pages, Gpa page, PageSize size) {
    if (size == PageSize::Size2M)
        pages.block_around(page).states->change_all<from, to>();
    else
        pages.change<from, to>(page);
}

/// Dirty comes first: if nothing follows the instruction, no call takes the page for one of the guest.
std::expected<void, machine::PvalidateError> validate(GuestPages& pages, Gpa page, Va va, PageSize size) {
    change<PageState::NotValidated, PageState::Dirty>(pages, page, size);
    const auto valid = machine::pvalidate(va, size, abi::Validity::Validate);
    if (!valid) change<PageState::Dirty, PageState::NotValidated>(pages, page, size);
    return valid;
}

/// The second half of accept_page, for a valid page.
BootResult fill_and_grant(Va page, PageSize size, abi::Vmpl vmpl, Contents contents) {
    // Zero before grant: the page may hold a key of the SVSM, if the host had the AMD-SP move the page
    // with the key.
    if (contents == Contents::Zero && !machine::zero(page, bytes_of(size))) return failed;
    if (!grant_all(page, size, vmpl)) return failed;
    return {};
}

/// Operating systems search the first MiB for a BIOS and its tables without having written it. Noise could
/// look like one.
constexpr Gpa end_of_legacy{1 << 20};

Contents contents_of(Gpa page, Contents above) { return page < end_of_legacy ? Contents::Zero : above; }

}  // namespace

BootResult accept_page(GuestPages& pages, Gpa page, PageSize size, abi::Vmpl vmpl, Contents contents,
                       HostLines lines) {
    const bool large = size == PageSize::Size2M;
    {
        const MappedPage window{scratch_window(size), page};
        const auto valid = validate(pages, page, window.va(), size);
        if (valid) {
            if (!evict_lines(lines, window.va(), size)) return failed;
            TRY_VOID(fill_and_grant(window.va(), size, vmpl, contents));
            change<PageState::Dirty, PageState::Guests>(pages, page, size);
            return {};
        }
        // "Unchanged" is an error here: other software has prepared a page that is valid before the
        // SVSM validates it.
        if (!large || valid.error() != machine::PvalidateError::FailSizeMismatch) return failed;
    }
    for (std::uint64_t offset = 0; offset < large_page_bytes; offset += page_bytes)
        TRY_VOID(accept_page(pages, page + offset, PageSize::Size4K, vmpl, contents, lines));
    return {};
}

BootResult prepare_guest_memory(const MemoryPlan& plan, GuestPages& pages) {
    if (plan.starts_shared) {
        ghcb::PageStateList list;
        TRY_VOID(for_each_page(
            plan, [&](Gpa page, PageSize size) { return list.add(page, size, abi::PscOperation::Private); }));
        TRY_VOID(list.flush());
    }
    return for_each_page(plan, [&](Gpa page, PageSize size) {
        return accept_page(pages, page, size, plan.vmpl, contents_of(page, plan.contents), plan.lines);
    });
}

BootResult grant_loaded_pages(GuestPages& pages, GpaRange range, abi::Vmpl vmpl) {
    for (auto page = range.begin; page < range.end; page = page + page_bytes) {
        const MappedPage window{machine::Window::Scratch4K, page};
        if (!grant_all(window.va(), PageSize::Size4K, vmpl)) return failed;
        pages.change<PageState::NotValidated, PageState::Guests>(page);
    }
    return {};
}

}  // namespace svsm
