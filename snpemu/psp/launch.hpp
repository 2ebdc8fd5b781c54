// SPDX-License-Identifier: MIT
// The AMD-SP of this machine: carries LAUNCH commands out on silicon's memory. The rules are model/psp's.
// [SNP-ABI "Guest Launch"]
#pragma once
#include <expected>

#include "model/psp/launch.hpp"
#include "model/psp/pages.hpp"
#include "snpemu/silicon/cpu.hpp"
#include "snpemu/silicon/memory.hpp"

namespace snpemu::psp {

using model::psp::LowerRights, model::psp::PageType, model::psp::Refusal;

/// One guest, from LAUNCH_START to LAUNCH_FINISH, before the first vCPU runs.
class Launch {
public:
    /// Generates the guest's keys.
    explicit Launch(silicon::Memory& memory);

    [[nodiscard]] std::expected<void, Refusal> start(std::uint64_t policy) { return notes_.start(policy); }
    /// LAUNCH_UPDATE of one page: from now on the guest owns the page, its contents follow from its type, and
    /// no device reaches it. Returns the bytes of the page, for a host that lies. Refuses as
    /// `model::psp::Launch::update` does; nothing has changed then.
    [[nodiscard]] std::expected<model::psp::Page, Refusal> update(Gpa page, PageType type, Bytes contents,
                                                                  LowerRights lower);
    /// LAUNCH_UPDATE of a VMSA: writes it to `vmsa`, and its RMP entry to `entry`, both outside guest memory.
    [[nodiscard]] std::expected<void, Refusal> update_vmsa(Bytes contents, abi::Vmsa& vmsa,
                                                           model::RmpEntry& entry) const;
    [[nodiscard]] std::expected<void, Refusal> finish() { return notes_.finish(); }
    [[nodiscard]] std::uint64_t pages() const { return notes_.pages(); }

private:
    silicon::Memory& memory_;
    model::psp::Secrets secrets_;
    model::psp::Launch notes_;
};

}  // namespace snpemu::psp
