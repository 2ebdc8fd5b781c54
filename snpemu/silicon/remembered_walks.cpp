// SPDX-License-Identifier: MIT
#include "snpemu/silicon/remembered_walks.hpp"

#include <algorithm>
#include <atomic>

#include "abi/x86/registers.hpp"

namespace snpemu {
namespace {

/// Other CPUs write entries at any time.
bool is_the_same(const Walk::Step& step) {
    return std::atomic_ref{*step.entry}.load(std::memory_order_relaxed) == step.value;
}

}  // namespace

RememberedWalks::Question::Question(const abi::VmcbSave& save, const model::Rmp& rmp, abi::Vmpl vmpl,
                                    const Access& access)
    : page_and_kind{access.va.page().value() | 1u | static_cast<std::uint64_t>(access.kind) << 1 |
                    static_cast<std::uint64_t>(access.ring) << 3 | static_cast<std::uint64_t>(vmpl) << 4 |
                    ((save.rflags & abi::Rflags::ac) != 0 ? 1u << 6 : 0)},
      cr0{save.cr0},
      cr3{save.cr3},
      cr4{save.cr4},
      efer{save.efer},
      narrowings{rmp.narrowings(vmpl)} {}

std::size_t RememberedWalks::index_of(const Access& access) {
    return static_cast<std::size_t>(access.kind) * of_a_kind + access.va.value() / page_bytes % of_a_kind;
}

std::byte* RememberedWalks::find(const abi::VmcbSave& save, const model::Rmp& rmp, abi::Vmpl vmpl,
                                 const Access& access) const {
    const Kept& kept = kept_[index_of(access)];
    if (kept.question != Question{save, rmp, vmpl, access}) return nullptr;
    if (!std::ranges::all_of(kept.steps, is_the_same)) return nullptr;
    if (kept.written != nullptr && kept.written->in_use) return nullptr;
    return kept.page + access.va.page_offset();
}

void RememberedWalks::keep(const abi::VmcbSave& save, const model::Rmp& rmp, abi::Vmpl vmpl,
                           const Access& access, const Walk& walk, std::byte* place) {
    if (walk.step_count == 0 || walk.mark_count != 0) return;
    Kept& kept = kept_[index_of(access)];
    kept.question = Question{save, rmp, vmpl, access};
    // A large page has fewer steps; its last one then counts more than once.
    for (unsigned i = 0; i < kept.steps.size(); ++i)
        kept.steps[i] = walk.steps[std::min(i, walk.step_count - 1)];
    kept.page = place - access.va.page_offset();
    kept.written = access.kind == model::AccessKind::Write ? &rmp.entry(walk.found.gpa) : nullptr;
}

}  // namespace snpemu
