// SPDX-License-Identifier: MIT
// Moves them. The machine itself uses none of these registers, so they are the guest's from entry to exit.
#include "snpemu/silicon/loose_state.hpp"

#include "abi/x86/registers.hpp"
#include "snpemu/cpu/cpu.hpp"

namespace snpemu::silicon {
namespace {

std::uint32_t parts_of(const model::Processor& cpu) {
    return static_cast<std::uint32_t>(cpu.xcr0 & FpuImage::parts);
}
/// XSAVE and XRSTOR obey XCR0, and the guest's may leave out what its VMSA holds all the same.
void open_xcr0(const model::Processor& cpu, std::uint64_t now) {
    if (now != cpu.xcr0) cpu::write_xcr0(cpu.xcr0);
}

}  // namespace

void prepare_for_loose_state(const model::Processor& cpu) {
    if (!cpu.has_xsave()) return;
    const std::uint64_t pke = cpu.has_pku() ? abi::Cr4::pke : 0;
    cpu::write_cr4(cpu::read_cr4() | abi::Cr4::osxsave | pke);
    cpu::write_xcr0(cpu.xcr0);
}

void load_loose(const model::Processor& cpu, const LooseState& loose) {
    cpu::write_msr(static_cast<std::uint32_t>(abi::Msr::TscAux), loose.tsc_aux);
    if (!cpu.has_xsave()) return cpu::restore_fpu(loose.fpu.bytes.data());
    open_xcr0(cpu, cpu::read_xcr0());
    cpu::restore_extended(loose.fpu.bytes.data(), parts_of(cpu));
    if (loose.xcr0 != cpu.xcr0) cpu::write_xcr0(loose.xcr0);
    if (cpu.has_pku()) cpu::write_pkru(loose.pkru);
}

void store_loose(const model::Processor& cpu, LooseState& loose) {
    loose.tsc_aux = static_cast<std::uint32_t>(cpu::read_msr(static_cast<std::uint32_t>(abi::Msr::TscAux)));
    if (!cpu.has_xsave()) return cpu::save_fpu(loose.fpu.bytes.data());
    loose.xcr0 = cpu::read_xcr0();
    open_xcr0(cpu, loose.xcr0);
    cpu::save_extended(loose.fpu.bytes.data(), parts_of(cpu));
    if (cpu.has_pku()) loose.pkru = cpu::read_pkru();
}

}  // namespace snpemu::silicon
