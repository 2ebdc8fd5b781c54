// SPDX-License-Identifier: MIT
// Accesses that the RMP refused.
#include "model/host/memory_fault.hpp"

namespace model::host {
namespace {

/// Silicon checks no entry for a read without C-bit: where the host maps the page, its ciphertext is read. A page that
/// was never used is not mapped yet, and the host learns of the access.
FaultAction plan_shared_access(const RefusedAccess& access) {
    if (access.kind == AccessKind::Read && access.is_validated) return FaultAction::ShowCiphertext;
    return FaultAction::MakeShared;
}

}  // namespace

FaultAction plan_memory_fault(abi::adyton::Host host, const RefusedAccess& access) {
    if (host != abi::adyton::Host::Kvm) return FaultAction::Report;
    const bool is_private = access.encryption == Encryption::Private;
    switch (access.fault) {
        case RmpFault::NotAssigned: return FaultAction::MakePrivate;
        case RmpFault::SharedAccess: return plan_shared_access(access);
        case RmpFault::OutsideRam:
        case RmpFault::NothingShown: return is_private ? FaultAction::EndVm : FaultAction::Report;
        case RmpFault::Permission:
        case RmpFault::InUse: return FaultAction::TryAgain;
        // Silicon itself raises these in the guest.
        case RmpFault::NotValidated:
        case RmpFault::GeneralProtection: return FaultAction::Report;
        case RmpFault::SizeMismatch:
        case RmpFault::OtherAddress: break;
    }
    return FaultAction::Report;
}

}  // namespace model::host
