// SPDX-License-Identifier: MIT
// Sleep and wake-up of vCPUs, and the insight that nobody is left who could wake anybody.
#pragma once
#include "snpemu/host/machine.hpp"

namespace snpemu {

/// Puts the vCPU to sleep until it has mail. Stops the machine when every vCPU sleeps: without interrupts
/// nothing could ever happen again.
void sleep_until_mail(Machine& machine, Vcpu& vcpu);

/// `self` leaves `mail` for `target`, and wakes it or makes it look. A second letter replaces one that was
/// not read yet.
void post(Machine& machine, Vcpu& self, Vcpu& target, const ApMailbox& mail);

/// Ends the sleep of `target`, which finds out why by itself.
void wake(Machine& machine, Vcpu& target);

/// Takes the letter, if there is one.
[[nodiscard]] bool take_mail(Vcpu& vcpu, ApMailbox& mail);

}  // namespace snpemu
