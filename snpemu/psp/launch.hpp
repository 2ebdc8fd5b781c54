// SPDX-License-Identifier: MIT
// The AMD-SP of this machine: carries LAUNCH commands out on silicon's memory, and measures what it finds there. The rules
// are model/psp's. [SNP-ABI "Guest Launch"]
#pragma once
#include <expected>

#include "model/psp/digest.hpp"
#include "model/psp/guest.hpp"
#include "model/psp/id_block.hpp"
#include "model/psp/launch.hpp"
#include "model/psp/pages.hpp"
#include "model/psp/platform.hpp"
#include "snpemu/psp/ciphers.hpp"
#include "snpemu/silicon/cpu.hpp"
#include "snpemu/silicon/memory.hpp"

namespace snpemu::psp {

using model::psp::Guest, model::psp::IdBlockRequest, model::psp::IdRefusal, model::psp::LowerRights,
    model::psp::PageType, model::psp::Platform, model::psp::PolicyRefusal, model::psp::Refusal;

/// One guest, from LAUNCH_START to LAUNCH_FINISH, before the first vCPU runs. `guest` is the AMD-SP's memory of it, and
/// complete after `finish`.
class Launch {
public:
    /// Generates the guest's keys and the number of its reports.
    Launch(silicon::Memory& memory, Guest& guest);

    /// LAUNCH_START with a policy that the platform can grant: ask `check_policy` first.
    [[nodiscard]] std::expected<void, Refusal> start(std::uint64_t policy);
    /// LAUNCH_UPDATE of one page: from now on the guest owns the page, its contents follow from its type, and
    /// no device reaches it. Its contents, as they are then, are measured. Returns the bytes of the page, for a host that
    /// lies. Refuses as `model::psp::Launch::update` does; nothing has changed then.
    [[nodiscard]] std::expected<model::psp::Page, Refusal> update(Gpa page, PageType type, Bytes contents,
                                                                  LowerRights lower);
    /// LAUNCH_UPDATE of a VMSA: writes it to `vmsa`, and its RMP entry to `entry`, both outside guest memory. With Secure
    /// TSC the guest's time begins here. [SNP-ABI "Secure TSC"]
    [[nodiscard]] std::expected<void, Refusal> update_vmsa(Bytes contents, abi::Vmsa& vmsa,
                                                           model::RmpEntry& entry);
    /// What the AMD-SP would say to this ID block now. LAUNCH_FINISH takes it only without a refusal.
    [[nodiscard]] std::expected<model::psp::Identity, IdRefusal> check(const IdBlockRequest& request) const {
        return model::psp::check_id_block(request, digest_.value(), notes_.policy(), sha384, verifies);
    }
    /// LAUNCH_FINISH: the guest may run. `identity` is that of `check`, or empty without an ID block.
    [[nodiscard]] std::expected<void, Refusal> finish(const model::psp::Identity& identity,
                                                      const model::psp::HostData& host_data);
    [[nodiscard]] std::uint64_t pages() const { return notes_.pages(); }
    [[nodiscard]] const model::psp::LaunchDigest& digest() const { return digest_; }

private:
    silicon::Memory& memory_;
    Guest& guest_;
    model::psp::Launch notes_;
    model::psp::LaunchDigest digest_{sha384};
};

}  // namespace snpemu::psp
