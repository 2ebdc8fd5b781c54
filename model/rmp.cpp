// SPDX-License-Identifier: MIT
// The rules of the reverse map table; every refusal here is one that silicon makes.
#include "model/rmp.hpp"

namespace model {
namespace {

constexpr std::uint64_t pages_per_large = large_page_bytes / page_bytes;

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

/// A page that has just become the guest's: nothing is known about it, only VMPL0 may decide.
constexpr RmpEntry fresh_entry(bool large) {
    return {.assigned = true, .large = large, .permissions = {abi::Permission::all}};
}

/// What RMPADJUST refuses before it looks at the page.
constexpr abi::RmpResult check_operands(Gpa page, PageSize size, std::uint64_t attributes, Vmpl current) {
    using abi::RmpAttributes, abi::RmpResult;
    if (!page.is_aligned(bytes_of(size))) return RmpResult::FailInput;
    if (RmpAttributes::Reserved::test(attributes)) return RmpResult::FailInput;
    if (RmpAttributes::TargetVmpl::get(attributes) >= abi::vmpl_count) return RmpResult::FailInput;
    // The errata of the VMSA page aside, no CPU takes a 2 MiB save area.
    if (size == PageSize::Size2M && RmpAttributes::IsVmsa::test(attributes)) return RmpResult::FailInput;
    // Software relies on this one to find out that it is VMPL0: nobody may adjust himself or his betters.
    if (RmpAttributes::TargetVmpl::get(attributes) <= index_of(current)) return RmpResult::FailPermission;
    if (current != Vmpl::Vmpl0 && RmpAttributes::IsVmsa::test(attributes)) return RmpResult::FailPermission;
    return RmpResult::Success;
}

}  // namespace

std::span<RmpEntry> Rmp::entries_of(Gpa page, PageSize size) {
    const std::uint64_t count = size == PageSize::Size2M ? pages_per_large : 1;
    const std::uint64_t first = page.value() / page_bytes;
    if (!page.is_aligned(bytes_of(size)) || first >= entries_.size() || entries_.size() - first < count)
        return {};
    return entries_.subspan(first, count);
}

std::expected<void, RmpFault> Rmp::check_access(Gpa at, AccessKind kind, Encryption encryption,
                                                Vmpl vmpl) const {
    if (!contains(at)) return std::unexpected{RmpFault::OutsideRam};
    const RmpEntry& page = entry(at);
    if (encryption == Encryption::Shared) {
        if (page.assigned) return std::unexpected{RmpFault::SharedAccess};
        return {};
    }
    if (!page.assigned) return std::unexpected{RmpFault::NotAssigned};
    if (!page.validated) return std::unexpected{RmpFault::NotValidated};
    if ((page.permissions[index_of(vmpl)] & permission_for(kind)) == 0)
        return std::unexpected{RmpFault::Permission};
    if (kind == AccessKind::Write && page.in_use) return std::unexpected{RmpFault::InUse};
    return {};
}

std::expected<PvalidateOutcome, RmpFault> Rmp::pvalidate(Gpa page, PageSize size, abi::Validity wanted,
                                                         Vmpl current) {
    using abi::RmpResult;
    if (current != Vmpl::Vmpl0) return std::unexpected{RmpFault::GeneralProtection};
    if (!page.is_aligned(bytes_of(size))) return PvalidateOutcome{RmpResult::FailInput, false};
    if (!contains(page)) return std::unexpected{RmpFault::OutsideRam};
    const RmpEntry& first = entry(page);
    if (!first.assigned) return std::unexpected{RmpFault::NotAssigned};
    if (size == PageSize::Size4K && first.large) return std::unexpected{RmpFault::SizeMismatch};
    if (size == PageSize::Size2M && !first.large) return PvalidateOutcome{RmpResult::FailSizeMismatch, false};
    if (first.in_use) return std::unexpected{RmpFault::InUse};

    const bool validated = wanted == abi::Validity::Validate;
    if (first.validated == validated) return PvalidateOutcome{RmpResult::Success, true};
    for (RmpEntry& each : entries_of(page, size)) each.validated = validated;
    return PvalidateOutcome{RmpResult::Success, false};
}

std::expected<abi::RmpResult, RmpFault> Rmp::rmpadjust(Gpa page, PageSize size, std::uint64_t attributes,
                                                       Vmpl current) {
    using abi::RmpAttributes, abi::RmpResult;
    if (const auto refusal = check_operands(page, size, attributes, current); refusal != RmpResult::Success)
        return refusal;
    if (!contains(page)) return std::unexpected{RmpFault::OutsideRam};
    const RmpEntry& first = entry(page);
    if (!first.assigned) return std::unexpected{RmpFault::NotAssigned};
    if (size == PageSize::Size4K && first.large) return std::unexpected{RmpFault::SizeMismatch};
    if (size == PageSize::Size2M && !first.large) return RmpResult::FailSizeMismatch;
    if (!first.validated) return std::unexpected{RmpFault::NotValidated};
    // The operand is translated like a one-byte read.
    const std::uint8_t own = first.permissions[index_of(current)];
    if ((own & abi::Permission::read) == 0) return std::unexpected{RmpFault::Permission};
    // Nobody can give away what he does not have; this also refuses the bits that mean nothing on this
    // machine.
    const auto wanted = static_cast<std::uint8_t>(RmpAttributes::Permissions::get(attributes));
    if ((wanted & ~own) != 0) return RmpResult::FailPermission;
    if (first.in_use) return RmpResult::FailInUse;

    for (RmpEntry& each : entries_of(page, size)) {
        each.permissions[RmpAttributes::TargetVmpl::get(attributes)] = wanted;
        // The bit is absolute: any RMPADJUST by VMPL0 without it makes the page an ordinary one again.
        if (current == Vmpl::Vmpl0) each.vmsa = RmpAttributes::IsVmsa::test(attributes);
    }
    return RmpResult::Success;
}

abi::RmpResult Rmp::assign(Gpa page, PageSize size) {
    const auto range = entries_of(page, size);
    if (range.empty()) return abi::RmpResult::FailInput;
    for (const RmpEntry& each : range)
        if (each.in_use) return abi::RmpResult::FailInUse;
    if (size == PageSize::Size4K) smash(page);
    const bool large = size == PageSize::Size2M;
    // Large entries only come in complete sets, so the first one speaks for all.
    if (range.front().assigned && range.front().large == large) return abi::RmpResult::Success;
    for (RmpEntry& each : range) each = fresh_entry(large);
    return abi::RmpResult::Success;
}

abi::RmpResult Rmp::unassign(Gpa page, PageSize size) {
    const auto range = entries_of(page, size);
    if (range.empty()) return abi::RmpResult::FailInput;
    for (const RmpEntry& each : range)
        if (each.in_use) return abi::RmpResult::FailInUse;
    if (size == PageSize::Size4K) smash(page);
    for (RmpEntry& each : range) each = {};
    return abi::RmpResult::Success;
}

void Rmp::smash(Gpa at) {
    // A shortcut only: clearing 512 clear flags would be right, but this runs for every 4 KiB page that
    // changes hands.
    if (!contains(at) || !entry(at).large) return;
    for (RmpEntry& each : entries_of(Gpa{round_down(at.value(), large_page_bytes)}, PageSize::Size2M))
        each.large = false;
}

void Rmp::launch(Gpa page, bool is_vmsa) {
    smash(page);
    RmpEntry launched = fresh_entry(false);
    launched.validated = true;
    launched.vmsa = is_vmsa;
    entry(page) = launched;
}

}  // namespace model
