// SPDX-License-Identifier: MIT
// The rules of the reverse map table. Silicon makes every refusal in this file.
#include "model/rmp.hpp"

#include <bit>

#include "abi/x86/registers.hpp"
#include "base/result.hpp"

namespace model {
namespace {

constexpr std::size_t index_of(Vmpl vmpl) { return static_cast<std::size_t>(vmpl); }

constexpr std::uint8_t permission_for(AccessKind kind) {
    switch (kind) {
        case AccessKind::Read: return abi::Permission::read;
        case AccessKind::Write: return abi::Permission::write;
        case AccessKind::ExecuteUser: return abi::Permission::execute_user;
        case AccessKind::ExecuteSupervisor: return abi::Permission::execute_supervisor;
    }
    return abi::Permission::all;
}

/// A page that the host has just given to the guest: not validated, and only VMPL0 may change that.
constexpr RmpEntry fresh_entry(bool large, Gpa guest) {
    return {.assigned = true,
            .large = large,
            .owner = Owner::Guest,
            .permissions = {abi::Permission::all},
            .guest = guest};
}

}  // namespace

abi::RmpResult check_attributes(PageSize size, std::uint64_t attributes, Vmpl current) {
    using abi::RmpAttributes, abi::RmpResult;
    if (RmpAttributes::Reserved::test(attributes)) return RmpResult::FailInput;
    if (RmpAttributes::TargetVmpl::get(attributes) >= abi::vmpl_count) return RmpResult::FailInput;
    // The errata of the VMSA page aside, no CPU takes a 2 MiB save area.
    if (size == PageSize::Size2M && RmpAttributes::IsVmsa::test(attributes)) return RmpResult::FailInput;
    // A VMPL may adjust only less privileged VMPLs. Software relies on this rule to find out that
    // it is VMPL0.
    if (RmpAttributes::TargetVmpl::get(attributes) <= index_of(current)) return RmpResult::FailPermission;
    if (current != Vmpl::Vmpl0 && RmpAttributes::IsVmsa::test(attributes)) return RmpResult::FailPermission;
    return RmpResult::Success;
}

std::uint64_t flags_of(abi::RmpResult result) {
    using abi::Rflags;
    const auto value = static_cast<std::uint8_t>(result);
    return (value == 0 ? Rflags::zf : 0) | (std::popcount(value) % 2 == 0 ? Rflags::pf : 0);
}

std::span<RmpEntry> Rmp::entries_of(Gpa page, PageSize size) {
    const std::uint64_t count = bytes_of(size) / page_bytes;
    if (!page.is_aligned(bytes_of(size))) return {};
    const auto shown = map_.find_as_one(page, size);
    if (!shown) return {};
    const std::uint64_t first = shown->value() / page_bytes;
    if (first >= entries_.size() || entries_.size() - first < count) return {};
    return entries_.subspan(first, count);
}

bool Rmp::is_operand(Gpa page, PageSize size) const {
    if (!page.is_aligned(bytes_of(size))) return false;
    if (!contains(page)) return true;
    for (std::uint64_t done = page_bytes; done < bytes_of(size); done += page_bytes)
        if (!contains(page + done)) return false;
    return true;
}

std::expected<Spa, RmpFault> Rmp::mapped(Gpa at) const {
    if (const auto shown = map_.find(at); shown && contains(*shown)) [[likely]]
        return *shown;
    return std::unexpected{map_.covers(at) ? RmpFault::NothingShown : RmpFault::OutsideRam};
}

std::expected<const RmpEntry*, RmpFault> Rmp::check_binding(Gpa page) const {
    const RmpEntry& bound = entry(TRY(mapped(page)));
    if (!bound.assigned) return std::unexpected{RmpFault::NotAssigned};
    // Without this the host could show one page of its guest at the address of another.
    if (bound.owner != Owner::Guest || bound.guest != page.page())
        return std::unexpected{RmpFault::OtherAddress};
    return &bound;
}

std::expected<Spa, RmpFault> Rmp::check_access(Gpa at, AccessKind kind, Encryption encryption,
                                               Vmpl vmpl) const {
    if (encryption == Encryption::Shared) {
        const Spa system = TRY(mapped(at));
        if (entry(system).assigned) return std::unexpected{RmpFault::SharedAccess};
        return system;
    }
    const RmpEntry& page = *TRY(check_binding(at));
    if (!page.validated) return std::unexpected{RmpFault::NotValidated};
    if ((page.permissions[index_of(vmpl)] & permission_for(kind)) == 0)
        return std::unexpected{RmpFault::Permission};
    if (kind == AccessKind::Write && page.in_use) return std::unexpected{RmpFault::InUse};
    return Spa{static_cast<std::uint64_t>(&page - entries_.data()) * page_bytes};
}

std::expected<PvalidateOutcome, RmpFault> Rmp::pvalidate(Gpa page, PageSize size, abi::Validity wanted,
                                                         Vmpl current) {
    using abi::RmpResult;
    if (current != Vmpl::Vmpl0) return std::unexpected{RmpFault::GeneralProtection};
    const std::span<RmpEntry> operand = entries_of(page, size);
    if (operand.empty() && !is_operand(page, size)) return PvalidateOutcome{RmpResult::FailInput, false};
    const RmpEntry& first = *TRY(check_binding(page));
    if (size == PageSize::Size4K && first.large) return std::unexpected{RmpFault::SizeMismatch};
    if (size == PageSize::Size2M && !first.large) return PvalidateOutcome{RmpResult::FailSizeMismatch, false};
    if (first.in_use) return std::unexpected{RmpFault::InUse};

    const bool validated = wanted == abi::Validity::Validate;
    if (first.validated == validated) return PvalidateOutcome{RmpResult::Success, true};
    if (!validated) narrow_all();
    for (RmpEntry& each : operand) each.validated = validated;
    return PvalidateOutcome{RmpResult::Success, false};
}

std::expected<abi::RmpResult, RmpFault> Rmp::rmpadjust(Gpa page, PageSize size, std::uint64_t attributes,
                                                       Vmpl current) {
    using abi::RmpAttributes, abi::RmpResult;
    const std::span<RmpEntry> operand = entries_of(page, size);
    if (operand.empty() && !is_operand(page, size)) return RmpResult::FailInput;
    if (const auto refusal = check_attributes(size, attributes, current); refusal != RmpResult::Success)
        return refusal;
    const RmpEntry& first = *TRY(check_binding(page));
    if (size == PageSize::Size4K && first.large) return std::unexpected{RmpFault::SizeMismatch};
    if (size == PageSize::Size2M && !first.large) return RmpResult::FailSizeMismatch;
    if (!first.validated) return std::unexpected{RmpFault::NotValidated};
    // The operand is translated like a one-byte read.
    const std::uint8_t own = first.permissions[index_of(current)];
    if ((own & abi::Permission::read) == 0) return std::unexpected{RmpFault::Permission};
    // A VMPL cannot grant rights that it lacks. This also refuses bits that this machine does not define.
    const auto wanted = static_cast<std::uint8_t>(RmpAttributes::Permissions::get(attributes));
    if ((wanted & ~own) != 0) return RmpResult::FailPermission;
    if (first.in_use) return RmpResult::FailInUse;

    ++narrowings_[RmpAttributes::TargetVmpl::get(attributes)];
    for (RmpEntry& each : operand) {
        each.permissions[RmpAttributes::TargetVmpl::get(attributes)] = wanted;
        // Each RMPADJUST by VMPL0 sets or clears the bit: without it the page is an ordinary one again.
        if (current == Vmpl::Vmpl0) each.vmsa = RmpAttributes::IsVmsa::test(attributes);
    }
    return RmpResult::Success;
}

abi::RmpResult Rmp::show(Gpa page, Spa system) {
    if (!page.is_page_aligned() || !system.is_page_aligned() || !map_.covers(page) || !contains(system))
        return abi::RmpResult::FailInput;
    smash(page);
    smash(system);
    narrow_all();
    map_.show(page, system);
    return abi::RmpResult::Success;
}

void Rmp::hide(Gpa page) {
    if (!map_.covers(page)) return;
    smash(page);
    narrow_all();
    map_.hide(page);
}

abi::RmpResult Rmp::bind(Spa system, Gpa page, Owner owner) {
    if (!page.is_page_aligned() || !system.is_page_aligned() || !contains(system))
        return abi::RmpResult::FailInput;
    if (entry(system).in_use) return abi::RmpResult::FailInUse;
    smash(system);
    narrow_all();
    entry(system) = fresh_entry(false, page);
    entry(system).owner = owner;
    return abi::RmpResult::Success;
}

abi::RmpResult Rmp::assign(Gpa page, PageSize size) {
    const auto range = entries_of(page, size);
    if (range.empty()) return abi::RmpResult::FailInput;
    for (const RmpEntry& each : range)
        if (each.in_use) return abi::RmpResult::FailInUse;
    if (size == PageSize::Size4K) smash(page);
    const bool large = size == PageSize::Size2M;
    // All 512 entries of a large page are alike, so the first one answers for all.
    if (range.front().large == large && check_binding(page)) return abi::RmpResult::Success;
    narrow_all();
    for (std::size_t i = 0; i < range.size(); ++i) range[i] = fresh_entry(large, page + i * page_bytes);
    return abi::RmpResult::Success;
}

abi::RmpResult Rmp::unassign(Gpa page, PageSize size) {
    const auto range = GpaRange::make(page, bytes_of(size));
    if (!range || !page.is_aligned(bytes_of(size))) return abi::RmpResult::FailInput;
    for (auto at = range->begin; at < range->end; at = at + page_bytes) {
        if (!contains(at)) return abi::RmpResult::FailInput;
        if (entry(at).in_use) return abi::RmpResult::FailInUse;
    }
    if (size == PageSize::Size4K) smash(page);
    narrow_all();
    for (auto at = range->begin; at < range->end; at = at + page_bytes) entry(at) = {};
    return abi::RmpResult::Success;
}

void Rmp::smash(Gpa at) {
    if (const auto shown = map_.find(at)) smash(*shown);
}

void Rmp::smash(Spa at) {
    // Only a shortcut: clearing 512 clear flags is correct too, but this runs for every 4 KiB page that
    // changes its owner.
    if (!contains(at) || !entry(at).large) return;
    const Spa first{round_down(at.value(), large_page_bytes)};
    for (std::uint64_t done = 0; done < large_page_bytes; done += page_bytes)
        entry(first + done).large = false;
}

void Rmp::launch(Gpa page, bool is_vmsa) {
    smash(page);
    narrow_all();
    RmpEntry launched = fresh_entry(false, page.page());
    launched.validated = true;
    launched.vmsa = is_vmsa;
    entry(page) = launched;
}

}  // namespace model
