// SPDX-License-Identifier: MIT
// What each host makes of a refused access.
#include "model/host/memory_fault.hpp"

#include <gtest/gtest.h>

namespace model::host {
namespace {

using abi::adyton::Host;
using enum FaultAction;

constexpr RefusedAccess refused(RmpFault fault, Encryption encryption, AccessKind kind = AccessKind::Read,
                                bool is_validated = true) {
    return {fault, encryption, kind, is_validated};
}
FaultAction kvm(const RefusedAccess& access) { return plan_memory_fault(Host::Kvm, access); }

TEST(HostMemoryFault, kvm_takes_a_page_for_what_the_access_takes_it_for) {
    using enum Encryption;
    EXPECT_EQ(kvm(refused(RmpFault::NotAssigned, Private)), MakePrivate);
    EXPECT_EQ(kvm(refused(RmpFault::NotAssigned, Private, AccessKind::Write)), MakePrivate);
    EXPECT_EQ(kvm(refused(RmpFault::SharedAccess, Shared, AccessKind::Write)), MakeShared);
    EXPECT_EQ(kvm(refused(RmpFault::SharedAccess, Shared, AccessKind::Read, false)), MakeShared);
}

TEST(HostMemoryFault, kvm_does_not_see_a_read_of_ciphertext) {
    EXPECT_EQ(kvm(refused(RmpFault::SharedAccess, Encryption::Shared)), ShowCiphertext);
}

TEST(HostMemoryFault, kvm_has_no_private_memory_where_there_is_none) {
    EXPECT_EQ(kvm(refused(RmpFault::OutsideRam, Encryption::Private)), EndVm);
    EXPECT_EQ(kvm(refused(RmpFault::NothingShown, Encryption::Private)), EndVm);
    EXPECT_EQ(kvm(refused(RmpFault::OutsideRam, Encryption::Shared)), Report) << "device memory";
}

TEST(HostMemoryFault, kvm_finds_nothing_to_mend_about_rights) {
    EXPECT_EQ(kvm(refused(RmpFault::Permission, Encryption::Private)), TryAgain);
    EXPECT_EQ(kvm(refused(RmpFault::InUse, Encryption::Private, AccessKind::Write)), TryAgain);
}

TEST(HostMemoryFault, what_silicon_raises_itself_is_reported) {
    for (const auto fault : {RmpFault::NotValidated, RmpFault::GeneralProtection, RmpFault::OtherAddress,
                             RmpFault::SizeMismatch})
        EXPECT_EQ(kvm(refused(fault, Encryption::Private)), Report);
}

TEST(HostMemoryFault, other_hosts_report_everything) {
    for (const Host host : {Host::Strict, Host::Planes})
        for (const auto fault : {RmpFault::NotAssigned, RmpFault::SharedAccess, RmpFault::OutsideRam,
                                 RmpFault::NothingShown, RmpFault::Permission, RmpFault::InUse})
            for (const auto encryption : {Encryption::Private, Encryption::Shared})
                EXPECT_EQ(plan_memory_fault(host, refused(fault, encryption)), Report);
}

}  // namespace
}  // namespace model::host
