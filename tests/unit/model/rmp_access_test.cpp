// SPDX-License-Identifier: MIT
// Which level may access which page. [APM2 "RMP and VMPL Access Checks"]
#include "tests/unit/model/rmp_table.hpp"

namespace model {
namespace {

class RmpAccess : public RmpTable {
protected:
    [[nodiscard]] std::expected<Spa, RmpFault> touch(Gpa at, AccessKind kind, Vmpl vmpl = Vmpl0) const {
        return rmp.check_access(at, kind, Encryption::Private, vmpl);
    }
    [[nodiscard]] RmpFault fault(Gpa at, AccessKind kind, Vmpl vmpl = Vmpl0) const {
        const auto result = touch(at, kind, vmpl);
        EXPECT_FALSE(result.has_value());
        return result ? RmpFault{0xff} : result.error();
    }
};

TEST_F(RmpAccess, vmpl0_may_do_everything_with_a_validated_page) {
    for (const AccessKind kind : {Read, Write, ExecuteUser, ExecuteSupervisor})
        EXPECT_TRUE(touch(valid_page + 0xfff, kind).has_value());
    EXPECT_TRUE(touch(large_page + 0x1f'ffff, Write).has_value());
}

TEST_F(RmpAccess, a_page_outside_the_table_is_not_ram) {
    EXPECT_EQ(fault(outside, Read), RmpFault::OutsideRam);
    EXPECT_EQ(rmp.check_access(Gpa{~0ull}, Read, Encryption::Shared, Vmpl0).error(), RmpFault::OutsideRam);
    EXPECT_TRUE(rmp.contains(outside - 1));
}

TEST_F(RmpAccess, private_access_to_a_page_of_the_host_is_not_assigned) {
    EXPECT_EQ(fault(host_page, Read), RmpFault::NotAssigned);
    // Such an entry cannot arise, but the owner is checked first.
    rmp.entry(host_page).validated = true;
    rmp.entry(host_page).permissions = {Permission::all};
    EXPECT_EQ(fault(host_page, Read), RmpFault::NotAssigned);
}

TEST_F(RmpAccess, an_assigned_page_must_be_validated_first) {
    EXPECT_EQ(fault(unvalidated_page, Read), RmpFault::NotValidated);
    EXPECT_EQ(fault(unvalidated_large_page + 0x1000, Write), RmpFault::NotValidated);
}

TEST_F(RmpAccess, validation_comes_before_permission) {
    EXPECT_EQ(fault(unvalidated_page, Read, Vmpl1), RmpFault::NotValidated);
}

TEST_F(RmpAccess, other_vmpls_may_do_nothing_until_rmpadjust) {
    for (const Vmpl vmpl : {Vmpl1, Vmpl2, Vmpl3})
        for (const AccessKind kind : {Read, Write, ExecuteUser, ExecuteSupervisor})
            EXPECT_EQ(fault(valid_page, kind, vmpl), RmpFault::Permission);
}

TEST_F(RmpAccess, each_permission_bit_allows_exactly_one_kind) {
    const std::pair<AccessKind, std::uint8_t> pairs[]{{Read, Permission::read},
                                                      {Write, Permission::write},
                                                      {ExecuteUser, Permission::execute_user},
                                                      {ExecuteSupervisor, Permission::execute_supervisor}};
    for (const auto& [granted, bit] : pairs) {
        permit(valid_page, Vmpl2, bit);
        for (const auto& [kind, other] : pairs)
            EXPECT_EQ(touch(valid_page, kind, Vmpl2).has_value(), kind == granted);
        EXPECT_EQ(fault(valid_page, granted, Vmpl1), RmpFault::Permission);
        EXPECT_EQ(fault(valid_page, granted, Vmpl3), RmpFault::Permission);
    }
}

TEST_F(RmpAccess, a_running_vmsa_can_be_read_but_not_written) {
    EXPECT_TRUE(touch(running_vmsa_page, Read).has_value());
    EXPECT_EQ(fault(running_vmsa_page, Write), RmpFault::InUse);
    EXPECT_TRUE(touch(vmsa_page, Write).has_value());
}

TEST_F(RmpAccess, shared_access_reaches_only_pages_of_the_host) {
    for (const AccessKind kind : {Read, Write}) {
        EXPECT_TRUE(rmp.check_access(host_page, kind, Encryption::Shared, Vmpl3).has_value());
        EXPECT_EQ(rmp.check_access(valid_page, kind, Encryption::Shared, Vmpl0).error(),
                  RmpFault::SharedAccess);
        EXPECT_EQ(rmp.check_access(unvalidated_page, kind, Encryption::Shared, Vmpl0).error(),
                  RmpFault::SharedAccess);
    }
}

TEST_F(RmpAccess, a_check_changes_nothing) {
    for (Gpa page{0}; page.value() <= table_bytes; page = page + page_bytes)
        for (const AccessKind kind : {Read, Write, ExecuteUser, ExecuteSupervisor})
            (void)touch(page, kind, Vmpl1);
    expect_unchanged();
}

}  // namespace
}  // namespace model
