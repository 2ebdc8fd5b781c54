// SPDX-License-Identifier: MIT
// The rights of the guest's VMPLs on a page. [APM3 "RMPADJUST"]
#pragma once
#include "machine/machine.hpp"

namespace svsm {

/// Takes every right from every VMPL below ours. Flush before the guest runs again.
[[nodiscard]] std::expected<void, machine::RmpadjustError> revoke_all(Va page, PageSize size);
/// Gives all rights to VMPL 1 up to `highest`, which is a level of the guest.
[[nodiscard]] std::expected<void, machine::RmpadjustError> grant_all(Va page, PageSize size,
                                                                     abi::Vmpl highest);
/// Makes the page a VMSA that VMPL1 up to `readers` may read and only VMPL0 may write. `readers` Vmpl0: no
/// other level reads it.
[[nodiscard]] std::expected<void, machine::RmpadjustError> make_vmsa(Va page, abi::Vmpl readers);
/// Makes a VMSA an ordinary page without rights for VMPL1. On error nothing has changed; FailInUse when a
/// CPU runs it.
[[nodiscard]] std::expected<void, machine::RmpadjustError> end_vmsa(Va page);
/// FailInUse when a CPU runs the VMSA. Changes nothing, if VMPL1 may read the page, as it may every VMSA made
/// by a guest.
[[nodiscard]] std::expected<void, machine::RmpadjustError> check_not_running(Va page);

}  // namespace svsm
