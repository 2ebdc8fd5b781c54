// SPDX-License-Identifier: MIT
#include "svsm/cpu/ghcb_page.hpp"

#include "svsm/ghcb/msr_protocol.hpp"

namespace svsm::cpu {

BootResult share_ghcb(mm::Memory& memory, Cpu& cpu, abi::Ghcb* page) {
    const Va va{reinterpret_cast<std::uint64_t>(page)};
    TRY_VOID(memory.share(va));
    cpu.ghcb = page;
    cpu.ghcb_gpa = memory.linear.gpa(va);
    return {};
}

BootResult register_ghcb(Cpu& cpu) {
    TRY_VOID(ghcb::register_page(cpu.ghcb_gpa));
    cpu.has_console = true;
    return {};
}

}  // namespace svsm::cpu

abi::Ghcb& machine::ghcb() { return *svsm::cpu::this_cpu().ghcb; }

Gpa machine::ghcb_gpa() { return svsm::cpu::this_cpu().ghcb_gpa; }
