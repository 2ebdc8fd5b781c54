// SPDX-License-Identifier: MIT
// Edits the initial page tables and the state of the SVSM's own pages.
#include "svsm/mm/memory.hpp"

#include "abi/x86/paging.hpp"
#include "machine/machine.hpp"
#include "paging/builder.hpp"
#include "svsm/ghcb/msr_protocol.hpp"
#include "svsm/ghcb/page_state.hpp"
#include "svsm/guest/rights.hpp"
#include "svsm/mm/translation.hpp"

namespace svsm::mm {
namespace {

using abi::Pte;
using paging::Entry;

/// Page tables lie in the SVSM's own memory and come from its heap.
struct OwnTables : paging::LiveStore {
    Memory* memory;
    [[nodiscard]] Entry* entry(std::uint64_t address) const {
        return memory->linear.object<Entry>(Gpa{address});
    }
    [[nodiscard]] std::optional<std::uint64_t> allocate() const {
        const auto page = memory->pages.allocate();
        return page ? std::optional{page->value()} : std::nullopt;
    }
};

paging::Builder<OwnTables> tables(Memory& memory) {
    // No NX in a link: the last level decides rights.
    constexpr auto link = Pte::present | Pte::writable | Pte::accessed;
    return {{{}, &memory}, {4, Pte::present, link | memory.c_bit, memory.c_bit}, memory.root.value()};
}

/// Cuts whole pages of `range` into the largest ones and calls `visit(page, size)` for each.
template <class Visit>
BootResult for_each_page(GpaRange range, Visit visit) {
    for (auto page = range.begin; page < range.end;) {
        const bool is_large = page.is_aligned(large_page_bytes) && range.end - page >= large_page_bytes;
        const auto size = is_large ? PageSize::Size2M : PageSize::Size4K;
        TRY_VOID(visit(page, size));
        page = page + bytes_of(size);
    }
    return {};
}

/// "Unchanged" is an error too: the page is valid before the SVSM validates it only if the host maps one page twice.
/// A host may assign 2 MiB as pages of 4 KiB.
BootResult validate(Va page, PageSize size, HostLines lines) {
    const auto valid = machine::pvalidate(page, size, abi::Validity::Validate);
    if (valid && evict_lines(lines, page, size)) return {};
    const bool is_split = !valid && size == PageSize::Size2M &&
                          valid.error() == machine::PvalidateError::FailSizeMismatch;
    if (!is_split) return std::unexpected{Termination::OwnMemory};
    for (std::uint64_t offset = 0; offset < large_page_bytes; offset += page_bytes)
        TRY_VOID(validate(page + offset, PageSize::Size4K, lines));
    return {};
}

}  // namespace

void Memory::start(const abi::adyton::BootBlock& block) {
    const GpaRange region{Gpa{block.region_gpa}, Gpa{block.region_gpa} + block.region_bytes};
    linear = LinearMap{region};
    root = Gpa{block.page_table_gpa};
    c_bit = 1ull << block.c_bit;
    pages = PageAllocator{{Gpa{block.image_end_gpa}, region.end}};
}

std::uint64_t Memory::data_flags() const {
    return c_bit | Pte::present | Pte::writable | Pte::no_execute | Pte::accessed | Pte::dirty;
}

Entry* Memory::find_entry(Va va) { return tables(*this).find(va.value(), 1); }

BootExpected<Entry*> Memory::make_entry(Va va, unsigned level) {
    return tables(*this).make(va.value(), level).transform_error([](paging::Error error) {
        return error == paging::Error::NoPage ? Termination::OutOfMemory : Termination::OwnMemory;
    });
}

BootResult Memory::map(Va va, Gpa page) {
    paging::LiveStore::store(*TRY(make_entry(va, 1)), page.value() | data_flags());
    return {};
}

BootResult Memory::share(Va page) {
    auto* entry = find_entry(page);
    if (entry == nullptr) return std::unexpected{Termination::OwnMemory};
    // Rescind before the page changes its owner: the host could exchange the contents of a page
    // that stays valid.
    if (!machine::pvalidate(page, PageSize::Size4K, abi::Validity::Rescind))
        return std::unexpected{Termination::OwnMemory};
    TRY_VOID(ghcb::change_page_state(linear.gpa(page), abi::PscOperation::Shared));
    paging::LiveStore::store(*entry, *entry & ~c_bit);
    invalidate_page(page);
    // The host claims that the page is shared; a store proves it.
    if (!machine::zero(page, page_bytes)) return std::unexpected{Termination::PageStateChange};
    return {};
}

BootResult Memory::accept(GpaRange range, bool starts_shared, HostLines lines) {
    if (starts_shared) {
        ghcb::PageStateList list;
        TRY_VOID(for_each_page(range, [&](Gpa page, PageSize size) {
            return list.add(page, size, abi::PscOperation::Private);
        }));
        TRY_VOID(list.flush());
    }
    return for_each_page(
        range, [&](Gpa page, PageSize size) { return validate(linear.va(page), size, lines); });
}

BootResult Memory::hide(Va page) {
    auto* entry = find_entry(page);
    if (entry == nullptr || (*entry & Pte::present) == 0) return std::unexpected{Termination::OwnMemory};
    paging::LiveStore::store(*entry, 0);
    invalidate_page(page);
    // Other CPUs may hold the translation without having used it: they translate speculatively.
    machine::flush_guests();
    return {};
}

template <class Visit>
BootResult Memory::for_each_private_page(GpaRange range, Visit visit) {
    const Entry* entry = nullptr;
    for (auto page = range.begin; page < range.end; page = page + page_bytes) {
        const auto va = linear.va(page);
        // The entries of 2 MiB lie side by side: one walk for all of them.
        const bool walks = entry == nullptr || va.is_aligned(large_page_bytes);
        entry = walks ? find_entry(va) : entry + 1;
        // Guard pages are unmapped; shared pages hold nothing that is secret from the host.
        const auto is_private = entry != nullptr && (*entry & Pte::present) != 0 && (*entry & c_bit) != 0;
        if (is_private) TRY_VOID(visit(va));
    }
    return {};
}

BootResult Memory::keep_for_vmpl0(GpaRange range) {
    TRY_VOID(for_each_private_page(range, [](Va page) -> BootResult {
        if (!revoke_all(page, PageSize::Size4K)) return std::unexpected{Termination::OwnMemory};
        return {};
    }));
    machine::flush_guests();
    return {};
}

BootResult Memory::check_in_place(GpaRange range) {
    // A translation from before the host took a page would hide the loss.
    machine::flush_guests();
    return for_each_private_page(range, [](Va page) -> BootResult {
        if (!machine::load_u64(page)) return std::unexpected{Termination::OwnMemoryTaken};
        return {};
    });
}

}  // namespace svsm::mm
