// SPDX-License-Identifier: MIT
// Sleep and wake-up of vCPUs, and the detection that all of them sleep.
#pragma once
#include "snpemu/host/machine.hpp"

namespace snpemu {

/// Puts the vCPU to sleep until it has mail. Stops the machine when every vCPU sleeps: without interrupts
/// none of them could ever wake.
void sleep_until_mail(Machine& machine, Vcpu& vcpu);

/// Puts `mail` into the mailbox of `target`, and wakes the target or makes it leave its guest. Overwrites
/// mail that the target has not read yet.
void post(Machine& machine, Vcpu& self, Vcpu& target, const ApMailbox& mail);

/// Ends the sleep of `target`, which finds the reason itself.
void wake(Machine& machine, Vcpu& target);

/// Takes the mail; false when there is none.
[[nodiscard]] bool take_mail(Vcpu& vcpu, ApMailbox& mail);

/// An interrupt that the machine took while the vCPU was out of its guest now waits for delivery to what runs
/// on the vCPU. False when none was taken.
bool keep_taken_interrupt(Vcpu& vcpu);

}  // namespace snpemu
