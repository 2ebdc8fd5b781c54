// SPDX-License-Identifier: MIT
// Control block and permission maps. [APM2 "SVM Intercepts"]
#include <cstring>

#include "snpemu/cpu/cpu.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/mm/heap.hpp"
#include "snpemu/silicon/loose_state.hpp"
#include "snpemu/silicon/msr_policy.hpp"
#include "snpemu/silicon/silicon.hpp"

namespace snpemu::silicon {
namespace {

constexpr std::uint64_t io_map_bytes = 3 * page_bytes, msr_map_bytes = 2 * page_bytes;
constinit std::uint64_t io_map = 0, msr_map = 0;

std::uint64_t address_of(const void* p) { return reinterpret_cast<std::uint64_t>(p); }

model::CpuidFeatures cpuid_features() {
    const cpu::CpuidResult leaf1 = cpu::cpuid(1), leaf7 = cpu::cpuid(7), leafd = cpu::cpuid(0xd);
    return {.leaf1_ecx = leaf1.ecx,
            .leaf7_ebx = leaf7.ebx,
            .leaf7_ecx = leaf7.ecx,
            .leafd_eax = leafd.eax,
            .leaf8000_0008_eax = cpu::cpuid(0x8000'0008).eax};
}

}  // namespace

bool has_svm() {
    constexpr std::uint32_t svm_bit = 1u << 2, nested_paging_bit = 1u << 0;
    if (cpu::cpuid(0x8000'0000).eax < 0x8000'000a) return false;
    if ((cpu::cpuid(0x8000'0001).ecx & svm_bit) == 0) return false;
    return (cpu::cpuid(0x8000'000a).edx & nested_paging_bit) != 0;
}

bool tsc_counts_instructions() {
    // A loop of two instructions a round costs exactly 2 ticks a round under -icount shift=0, and
    // never without it.
    constexpr std::uint64_t rounds = 1000;
    for (int attempt = 0; attempt < 3; ++attempt) {
        std::uint64_t left = rounds;
        const std::uint64_t begin = cpu::timestamp();
        asm volatile("1: dec %0\n jnz 1b" : "+r"(left));
        const std::uint64_t ticks = cpu::timestamp() - begin;
        if (ticks < 2 * rounds || ticks > 2 * rounds + 32) return false;
    }
    return true;
}

void init_intercept_maps() {
    io_map = address_of(std::memset(heap::allocate_pages(io_map_bytes / page_bytes), 0xff, io_map_bytes));
    auto* const msrs = static_cast<std::uint8_t*>(heap::allocate_pages(msr_map_bytes / page_bytes));
    std::memset(msrs, 0xff, msr_map_bytes);
    for (const abi::Msr msr : passthrough_msrs) allow_msr({msrs, msr_map_bytes}, msr);
    msr_map = address_of(msrs);
}

model::Processor find_processor() {
    // XSETBV cannot be intercepted here, so XCR0 takes what QEMU's CPU takes.
    const model::CpuidFeatures native = cpuid_features();
    if (!model::has_known_states(native)) stop_internal("QEMUs-CPU-has-XSAVE-states-that-a-VMSA-has-not");
    return model::make_processor(native, supported_sev_features);
}

void init_cpu_for_svm(const model::Processor& processor, Cpu& cpu) {
    prepare_for_loose_state(processor);
    cpu.loose.has_xsave = processor.has_xsave();
    cpu::write_msr(static_cast<std::uint32_t>(abi::Msr::Efer),
                   cpu::read_msr(static_cast<std::uint32_t>(abi::Msr::Efer)) | abi::Efer::svme);
    cpu::write_msr(static_cast<std::uint32_t>(abi::Msr::VmHsavePa), address_of(heap::allocate_pages(1)));
    // The NMI handler finds its vCPU here; svm_run sets it anew after each exit.
    cpu::write_msr(static_cast<std::uint32_t>(abi::Msr::GsBase), address_of(static_cast<LocalCpu*>(&cpu)));
    cpu.vmcb = &heap::make<abi::Vmcb>();
    abi::VmcbControl& c = cpu.vmcb->control;
    using I1 = abi::Intercept1;
    using I2 = abi::Intercept2;
    // silicon/control_registers.cpp says why.
    c.intercept_cr_write = abi::intercept_cr4;
    c.intercept_exceptions = 1u << static_cast<unsigned>(abi::Vector::InvalidOpcode);
    c.intercept_misc_1 = I1::nmi | I1::selective_cr0 | I1::rdpmc | I1::cpuid | I1::invd | I1::hlt |
                         I1::invlpga | I1::ioio | I1::msr | I1::shutdown;
    c.intercept_misc_2 = I2::vmrun | I2::vmmcall | I2::vmload | I2::vmsave | I2::stgi | I2::clgi |
                         I2::skinit | I2::wbinvd | I2::monitor | I2::mwait;
    c.iopm_base = io_map;
    c.msrpm_base = msr_map;
    c.asid = 1;
    c.nested_control = 1;
}

}  // namespace snpemu::silicon
