// SPDX-License-Identifier: MIT
#include "snpemu/traps/local_cpu.hpp"

#include "snpemu/cpu/apic.hpp"

namespace snpemu {

void kick(LocalCpu& target) {
    target.awake = true;
    target.kicked = true;
    apic::send_nmi(target.apic_id);
}

}  // namespace snpemu
