// SPDX-License-Identifier: MIT
// Every fault of the RMP, from the accesses and instructions that end in it.
#include "tests/unit/model/rmp_table.hpp"
#include "tests/unit/reached.hpp"

namespace model {
namespace {

/// Empty for numbers that are no fault; the compiler asks for a new one here.
std::string name_of(RmpFault fault) {
    switch (fault) {
        case RmpFault::OutsideRam: return "OutsideRam";
        case RmpFault::NotAssigned: return "NotAssigned";
        case RmpFault::SizeMismatch: return "SizeMismatch";
        case RmpFault::NotValidated: return "NotValidated";
        case RmpFault::Permission: return "Permission";
        case RmpFault::InUse: return "InUse";
        case RmpFault::SharedAccess: return "SharedAccess";
        case RmpFault::GeneralProtection: return "GeneralProtection";
        case RmpFault::OtherAddress: return "OtherAddress";
        case RmpFault::NothingShown: return "NothingShown";
    }
    return "";
}

TEST_F(RmpTable, each_fault_has_an_access_or_an_instruction_that_ends_in_it) {
    Reached<RmpFault, std::string (*)(RmpFault)> table{name_of};
    using enum Encryption;
    constexpr auto none = std::nullopt;
    constexpr Gpa hidden = small_pages, of_another = small_pages + page_bytes;
    rmp.hide(hidden);
    ASSERT_EQ(rmp.bind(Spa{of_another.value()}, of_another, Owner::OtherGuest), RmpResult::Success);
    remember();

    const auto access = [&](Gpa at, AccessKind kind, Encryption alias, Vmpl vmpl) {
        return rmp.check_access(at, kind, alias, vmpl);
    };
    table.row("a read of a valid page", access(valid_page, Read, Private, Vmpl0), none);
    table.row("a shared write to a page of the host", access(host_page, Write, Shared, Vmpl3), none);
    table.row("behind the end", access(outside, Read, Private, Vmpl0), RmpFault::OutsideRam);
    table.row("behind the end, shared", access(outside, Read, Shared, Vmpl0), RmpFault::OutsideRam);
    table.row("a page that is mapped nowhere", access(hidden, Read, Private, Vmpl0), RmpFault::NothingShown);
    table.row("the same, shared", access(hidden, Read, Shared, Vmpl0), RmpFault::NothingShown);
    table.row("a page of the host", access(host_page, Read, Private, Vmpl0), RmpFault::NotAssigned);
    table.row("a page of another guest", access(of_another, Read, Private, Vmpl0), RmpFault::OtherAddress);
    table.row("before PVALIDATE", access(unvalidated_page, Read, Private, Vmpl0), RmpFault::NotValidated);
    table.row("without RMPADJUST", access(valid_page, Read, Private, Vmpl1), RmpFault::Permission);
    table.row("a write to a running VMSA", access(running_vmsa_page, Write, Private, Vmpl0), RmpFault::InUse);
    table.row("a page of the guest, shared", access(valid_page, Read, Shared, Vmpl0), RmpFault::SharedAccess);

    table.row("PVALIDATE at VMPL1", rmp.pvalidate(valid_page, Size4K, Validity::Rescind, Vmpl1),
              RmpFault::GeneralProtection);
    table.row("PVALIDATE of a running VMSA",
              rmp.pvalidate(running_vmsa_page, Size4K, Validity::Rescind, Vmpl0), RmpFault::InUse);
    table.row("PVALIDATE of 4 KiB in 2 MiB",
              rmp.pvalidate(large_page + page_bytes, Size4K, Validity::Rescind, Vmpl0),
              RmpFault::SizeMismatch);
    const auto adjust = [&](Gpa page) {
        return rmp.rmpadjust(page, Size4K, RmpAttributes::TargetVmpl::set(0, 1), Vmpl0);
    };
    table.row("RMPADJUST of 4 KiB in 2 MiB", adjust(large_page), RmpFault::SizeMismatch);
    table.row("RMPADJUST before PVALIDATE", adjust(unvalidated_page), RmpFault::NotValidated);
    table.row("RMPADJUST of a page of the host", adjust(host_page), RmpFault::NotAssigned);
    table.expect_all();
    expect_unchanged();
}

}  // namespace
}  // namespace model
