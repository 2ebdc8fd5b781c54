// SPDX-License-Identifier: MIT
// What the guest's VMPLs may do with a page. [APM3 "RMPADJUST"]
#pragma once
#include "machine/machine.hpp"

namespace svsm {

/// Takes every right from every VMPL below ours. Flush before the guest runs again.
[[nodiscard]] std::expected<void, machine::RmpadjustError> revoke_all(Va page, PageSize size);
/// Gives all rights to VMPL 1 up to `highest`, which is a level of the guest.
[[nodiscard]] std::expected<void, machine::RmpadjustError> grant_all(Va page, PageSize size,
                                                                     abi::Vmpl highest);
/// Makes the page a VMSA that VMPL 1 up to `readers` may read and nobody but us may write. Vmpl0: nobody
/// reads.
[[nodiscard]] std::expected<void, machine::RmpadjustError> make_vmsa(Va page, abi::Vmpl readers);
/// A VMSA is none any more, and VMPL1 has no right on it. On error, FailInUse when a CPU runs it, nothing has
/// changed.
[[nodiscard]] std::expected<void, machine::RmpadjustError> end_vmsa(Va page);
/// Of a VMSA that VMPL1 may read, as all that a guest made are: FailInUse when a CPU runs it. Changes
/// nothing.
[[nodiscard]] std::expected<void, machine::RmpadjustError> check_not_running(Va page);

}  // namespace svsm
