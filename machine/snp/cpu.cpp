// SPDX-License-Identifier: MIT
// Single instructions that need no state of the kernel: MSRs, the clock, waiting, leaving to the hypervisor.
#include "abi/snp/ghcb_msr.hpp"
#include "machine/machine.hpp"
#include "machine/snp/fault_table.hpp"

namespace {

void write_msr(abi::Msr msr, std::uint64_t value) {
    asm volatile("wrmsr" : : "c"(msr), "a"(value), "d"(value >> 32) : "memory");
}

/// INVLPGB, RAX: which fields of the operands count. [APM3 "INVLPGB"]
struct InvlpgbScope {
    using Asid = Bits<2>;
    using Global = Bits<3>;
};

void invlpgb(std::uint64_t scope) { asm volatile("invlpgb" : : "a"(scope), "c"(0), "d"(0) : "memory"); }

/// VMGEXIT, whose mnemonic clang 19 does not know. The clobber puts everything written to the GHCB
/// into memory first.
void vmgexit_instruction() { asm volatile(".byte 0xf3, 0x0f, 0x01, 0xd9" : : : "memory"); }

void tlbsync() { asm volatile("tlbsync" : : : "memory"); }

}  // namespace

std::uint64_t machine::read_msr(abi::Msr msr) {
    std::uint32_t low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
    return std::uint64_t{high} << 32 | low;
}

void machine::vmgexit() {
    // The MSR is written every time: it may still hold the last exchange of the MSR protocol.
    write_msr(abi::Msr::Ghcb, ghcb_gpa().value());
    vmgexit_instruction();
}

std::uint64_t machine::ghcb_msr_exchange(std::uint64_t request) {
    write_msr(abi::Msr::Ghcb, request);
    vmgexit_instruction();
    return read_msr(abi::Msr::Ghcb);
}

void machine::flush_guests() {
    // Inside a guest ASID 0 stands for the guest's own: every translation of this VM, at every VMPL.
    invlpgb(InvlpgbScope::Asid::mask | InvlpgbScope::Global::mask);
    tlbsync();
}

bool machine::try_flush() {
    asm goto("1: invlpgb" ADYTON_ON_UNDEFINED
             :
             : "a"(InvlpgbScope::Asid::mask | InvlpgbScope::Global::mask), "c"(0), "d"(0)
             : "memory"
             : missing);
    asm goto("1: tlbsync" ADYTON_ON_UNDEFINED : : : "memory" : missing);
    return true;
missing:
    return false;
}

std::uint64_t machine::timestamp() {
    std::uint32_t low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return std::uint64_t{high} << 32 | low;
}

void machine::pause() { asm volatile("pause" : : : "memory"); }

void machine::halt() { asm volatile("hlt" : : : "memory"); }

void machine::terminate(abi::adyton::Termination reason) {
    using abi::GhcbMsr;
    const auto request = static_cast<std::uint64_t>(abi::GhcbInfo::TerminateRequest) |
                         GhcbMsr::TerminateSet::put(abi::adyton::termination_set) |
                         GhcbMsr::TerminateCode::put(static_cast<std::uint64_t>(reason));
    // A host that resumes us gets the same request again: the SVSM never continues after it asked
    // for its end.
    for (;;) {
        (void)ghcb_msr_exchange(request);
        halt();
    }
}
