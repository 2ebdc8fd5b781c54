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

std::uint64_t pages_of(std::uint64_t entry) { return Entry::Is2M::test(entry) ? 512 : 1; }

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

HoleAction plan_hole(abi::adyton::Host host, const PageChange& change) {
    if (host != abi::adyton::Host::Kvm) return HoleAction::Refuse;
    return change.to_guest() ? HoleAction::EndVm : HoleAction::Grant;
}

std::uint64_t info_2_of(PscRefusal refusal) {
    switch (refusal) {
        case PscRefusal::EndBeyondList: return abi::PscError::invalid_header;
        case PscRefusal::Misaligned:
        case PscRefusal::BadProgress:
        case PscRefusal::UnknownOperation: return abi::PscError::invalid_entry;
        case PscRefusal::NotMade: break;
    }
    return abi::PscError::generic;
}

PscWalk::PscWalk(abi::PscBuffer& list, PscRules rules)
    : list_{list}, rules_{rules}, end_{list.header.end_entry} {
    if (end_ >= rules_.capacity) refusal_ = PscRefusal::EndBeyondList;
}

std::expected<std::optional<PageChange>, PscRefusal> PscWalk::read_entry() const {
    const std::uint64_t entry = list_.entries[list_.header.cur_entry];
    const std::uint64_t pages = pages_of(entry), done = Entry::CurPage::get(entry);
    const Gpa page{entry & Entry::Gfn::mask};
    if (!page.is_aligned(pages * page_bytes)) return std::unexpected{PscRefusal::Misaligned};
    if (done > pages) return std::unexpected{PscRefusal::BadProgress};
    if (done == pages) return std::nullopt;
    const std::uint64_t operation = Entry::Operation::get(entry);
    if (!is_known(operation)) {
        if (rules_.skips_unknown) return std::nullopt;
        return std::unexpected{PscRefusal::UnknownOperation};
    }
    const PageSize size = pages > 1 && done == 0 ? PageSize::Size2M : PageSize::Size4K;
    return PageChange{page + done * page_bytes, size, static_cast<PscOperation>(operation)};
}

std::optional<PageChange> PscWalk::next() {
    while (!refusal_ && list_.header.cur_entry <= end_) {
        const auto change = read_entry();
        if (!change) {
            refusal_ = change.error();
        } else if (*change) {
            pages_ = bytes_of((*change)->size) / page_bytes;
            return *change;
        } else {
            complete(pages_of(list_.entries[list_.header.cur_entry]));
        }
    }
    return std::nullopt;
}

void PscWalk::complete(std::uint64_t done) {
    std::uint64_t& entry = list_.entries[list_.header.cur_entry];
    entry = Entry::CurPage::set(entry, done);
    if (done == pages_of(entry)) ++list_.header.cur_entry;
}

void PscWalk::made() { complete(Entry::CurPage::get(list_.entries[list_.header.cur_entry]) + pages_); }

}  // namespace model::host
