// SPDX-License-Identifier: MIT
// Keeps EFER.SVME of a VMSA clear for one scope. While it is clear no CPU can run the VMSA, so the SVSM may
// read and write it.
#pragma once
#include "base/address.hpp"

namespace svsm {

class [[nodiscard]] SvmeGuard {
public:
    /// Clears SVME in the VMSA mapped at `vmsa`.
    explicit SvmeGuard(Va vmsa);
    /// Sets SVME again, as the last step of a call.
    ~SvmeGuard();
    SvmeGuard(SvmeGuard&&) = delete;
    /// False when the VMSA could not be stopped: it vanished, or runs elsewhere. Do not touch it then.
    [[nodiscard]] bool is_held() const { return is_held_; }
    /// The page is no VMSA any more: the guard does not set SVME again.
    void forget() { is_held_ = false; }

private:
    Va efer_;
    bool is_held_;
};

/// Clears SVME in a page that is no VMSA any more, so that a new VMSA in this page runs only if its
/// creator sets SVME.
void clear_svme(Va page);

}  // namespace svsm
