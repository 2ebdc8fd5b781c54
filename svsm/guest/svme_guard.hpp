// SPDX-License-Identifier: MIT
// Owns "EFER.SVME off" for one scope: while it is off no CPU can be made to run the VMSA, so it may be read
// and written.
#pragma once
#include "base/address.hpp"

namespace svsm {

class [[nodiscard]] SvmeGuard {
public:
    /// Clears SVME in the VMSA seen at `vmsa`.
    explicit SvmeGuard(Va vmsa);
    /// Sets it again: the last thing that happens in a call.
    ~SvmeGuard();
    SvmeGuard(SvmeGuard&&) = delete;
    /// False when the VMSA could not be stopped (it vanished, or runs elsewhere): touch nothing.
    [[nodiscard]] bool is_held() const { return is_held_; }
    /// The page is no VMSA any more: SVME is not set again.
    void forget() { is_held_ = false; }

private:
    Va efer_;
    bool is_held_;
};

/// Clears SVME in a page that is no VMSA any more: whoever makes it one again has to ask for it.
void clear_svme(Va page);

}  // namespace svsm
