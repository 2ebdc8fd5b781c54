// SPDX-License-Identifier: MIT
// Which page state changes a host makes.
#include "model/host/page_state.hpp"

namespace model::host {
namespace {

using abi::PscOperation;
using Entry = abi::PscEntry;

constexpr bool is_known(std::uint64_t operation) {
    return operation >= static_cast<std::uint64_t>(PscOperation::Private) &&
           operation <= static_cast<std::uint64_t>(PscOperation::Unsmash);
}

std::expected<PageChange, PscRefusal> read_entry(std::uint64_t entry) {
    const PageSize size = Entry::Is2M::test(entry) ? PageSize::Size2M : PageSize::Size4K;
    const Gpa page{entry & Entry::Gfn::mask};
    if (!page.is_aligned(bytes_of(size))) return std::unexpected{PscRefusal::Misaligned};
    // This host reports no progress inside an entry, so the only counts that it could have left there are
    // none and all.
    if (Entry::CurPage::get(entry) > bytes_of(size) / page_bytes)
        return std::unexpected{PscRefusal::BadProgress};
    if (!is_known(Entry::Operation::get(entry))) return std::unexpected{PscRefusal::UnknownOperation};
    return PageChange{page, size, static_cast<PscOperation>(Entry::Operation::get(entry))};
}

/// VMPL0 may give up its own pages. Less privileged software must not make the host take the SVSM's pages:
/// the SVSM would fault at its next access, at an instruction that the guest chose.
std::expected<void, PageRefusal> check_protection(const PageChange& change, const PageScene& scene) {
    if (scene.caller == abi::Vmpl::Vmpl0 || !scene.protects_svsm) return {};
    if (change.range().overlaps(scene.svsm_memory)) return std::unexpected{PageRefusal::SvsmMemory};
    if (scene.is_svsm_ghcb) return std::unexpected{PageRefusal::SvsmMailbox};
    return {};
}

}  // namespace

std::expected<void, PageRefusal> check_change(const PageChange& change, const PageScene& scene) {
    if (change.is_hint()) return {};
    if (!is_known(static_cast<std::uint64_t>(change.operation)))
        return std::unexpected{PageRefusal::UnknownOperation};
    if (!change.page.is_aligned(bytes_of(change.size))) return std::unexpected{PageRefusal::Misaligned};
    if (!scene.is_ram) return std::unexpected{PageRefusal::OutsideRam};
    return check_protection(change, scene);
}

bool is_done_already(const Rmp& rmp, const PageChange& change) {
    const GpaRange range = change.range();
    for (Gpa at = range.begin; at < range.end; at = at + page_bytes)
        if (!rmp.contains(at)) return false;
    const RmpEntry& first = rmp.entry(change.page);
    if (change.size == PageSize::Size4K) return first.assigned == change.to_guest();
    // All 512 entries of a large page are alike, so the first one answers for it. Small pages differ.
    if (change.to_guest()) return first.assigned && first.large;
    for (Gpa at = range.begin; at < range.end; at = at + page_bytes)
        if (rmp.entry(at).assigned) return false;
    return true;
}

std::expected<PageChange, PageRefusal> read_change(const ghcb_msr::PageStateChange& request) {
    const auto operation = static_cast<PscOperation>(request.operation);
    if (operation != PscOperation::Private && operation != PscOperation::Shared)
        return std::unexpected{PageRefusal::UnknownOperation};
    return PageChange{request.gpa, PageSize::Size4K, operation};
}

std::uint64_t answer_change(bool is_done) {
    constexpr std::uint32_t refused = 1u << 31;
    return ghcb_msr::psc_reply(is_done ? 0 : refused);
}

std::uint64_t info_2_of(PscRefusal refusal) {
    switch (refusal) {
        case PscRefusal::EndBeyondList:
        case PscRefusal::NothingLeft: return abi::PscError::invalid_header;
        case PscRefusal::Misaligned:
        case PscRefusal::BadProgress:
        case PscRefusal::UnknownOperation: return abi::PscError::invalid_entry;
        case PscRefusal::NotMade: break;
    }
    return abi::PscError::generic;
}

PscWalk::PscWalk(abi::PscBuffer& list) : list_{list}, end_{list.header.end_entry} {
    if (end_ >= abi::psc_max_entries)
        refusal_ = PscRefusal::EndBeyondList;
    else if (list_.header.cur_entry > end_)
        refusal_ = PscRefusal::NothingLeft;
}

std::optional<PageChange> PscWalk::next() {
    if (refusal_ || list_.header.cur_entry > end_) return std::nullopt;
    const auto change = read_entry(list_.entries[list_.header.cur_entry]);
    if (!change) {
        refusal_ = change.error();
        return std::nullopt;
    }
    pages_ = bytes_of(change->size) / page_bytes;
    return *change;
}

void PscWalk::made() {
    std::uint64_t& entry = list_.entries[list_.header.cur_entry];
    entry = Entry::CurPage::set(entry, pages_);
    ++list_.header.cur_entry;
}

}  // namespace model::host
