// SPDX-License-Identifier: MIT
#include "tests/machine/lib/level.hpp"

#include <array>

#include "abi/snp/ghcb.hpp"
#include "abi/x86/descriptor.hpp"
#include "abi/x86/registers.hpp"
#include "base/address.hpp"
#include "tests/machine/lib/context.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

extern "C" char __program_begin[], __program_end[];

namespace rules {
namespace {

constexpr unsigned vmpls = 4;
constexpr std::uint64_t stack_pages = 4;

/// Of each level below VMPL0, and of VMPL0 on the second vCPU, which takes the place of the boot vCPU's.
constinit std::array<Context, vmpls> contexts{};
constinit std::array<bool, vmpls> is_open{}, has_faulted{};

std::uint64_t address(const void* at) { return reinterpret_cast<std::uint64_t>(at); }

/// Where every VMSA of `make_vmsa` begins: RDI the function, RSI the VMPL.
[[noreturn]] void level_main(void (*function)(), std::uint64_t vmpl) {
    has_faulted[vmpl] = trap(function).has_value();
    for (;;) {
        if (vmpl == 0) asm volatile("cli; hlt" : : : "memory");
        (void)run_vmpl(0);
    }
}

void fill_segments(abi::Vmsa& vmsa) {
    using abi::SegmentAttributes;
    vmsa.cs = {Selector::code64, SegmentAttributes::code64, ~0u, 0};
    vmsa.ds = vmsa.es = vmsa.ss = vmsa.fs = vmsa.gs = {Selector::data, SegmentAttributes::data, ~0u, 0};
    vmsa.ldtr = {0, SegmentAttributes::ldt, 0xffff, 0};
    vmsa.tr = {0, SegmentAttributes::tss_busy, 0xffff, 0};
    vmsa.gdtr = {0, 0, gdt_limit(), gdt_base()};
    vmsa.idtr = {0, 0, idt_limit(), idt_base()};
}

}  // namespace

abi::Vmsa& make_reset_vmsa(unsigned vmpl) {
    auto& vmsa = *reinterpret_cast<abi::Vmsa*>(allocate_page());
    vmsa.vmpl = static_cast<std::uint8_t>(vmpl);
    vmsa.efer = abi::Efer::svme;
    vmsa.cr0 = abi::Cr0::et;
    abi::VmsaReset::put_into(vmsa);
    vmsa.sev_features = read_msr(abi::Msr::SevStatus) >> 2;
    vmsa.tsc_scale = abi::tsc_scale_one;  // without Secure TSC it means nothing
    return vmsa;
}

abi::Vmsa& make_vmsa(unsigned vmpl, void (*function)()) {
    abi::Vmsa& vmsa = make_reset_vmsa(vmpl);
    fill_segments(vmsa);
    Context& its = contexts[vmpl];
    its = {};
    its.self = &its;
    vmsa.gs.base = address(&its);
    vmsa.cr0 = read_cr0();
    vmsa.cr3 = read_cr3();
    vmsa.cr4 = read_cr4();
    vmsa.efer = read_msr(abi::Msr::Efer) | abi::Efer::svme;
    vmsa.rip = reinterpret_cast<std::uint64_t>(&level_main);
    vmsa.rdi = reinterpret_cast<std::uint64_t>(function);
    vmsa.rsi = vmpl;
    const std::uint64_t stack = allocate_pages(stack_pages);
    vmsa.rsp = stack + stack_pages * page_bytes - 8;
    for (std::uint64_t i = 0; vmpl != 0 && i < stack_pages; ++i)
        REQUIRE(rmpadjust(stack + i * page_bytes, 0, attributes(vmpl, abi::Permission::all)).eax == 0);
    return vmsa;
}

void open_memory(unsigned vmpl) {
    if (is_open[vmpl]) return;
    is_open[vmpl] = true;
    const auto open = [&](std::uint64_t begin, std::uint64_t end) {
        for (std::uint64_t page = begin; page < end; page += page_bytes)
            (void)rmpadjust(page, 0, attributes(vmpl, abi::Permission::all));
    };
    open(address(__program_begin), address(__program_end));
    open(info().tables, info().tables + info().table_pages * page_bytes);
}

bool seal(abi::Vmsa& vmsa) { return rmpadjust(address(&vmsa), 0, attributes(1, 0, true)).eax == 0; }
bool unseal(abi::Vmsa& vmsa) { return rmpadjust(address(&vmsa), 0, attributes(1, 0)).eax == 0; }

bool ap_creation(unsigned request, unsigned apic_id, unsigned vmpl, const abi::Vmsa& vmsa) {
    return ghcb::create_ap({.request = request,
                            .vmpl = vmpl,
                            .apic_id = apic_id,
                            .vmsa = address(&vmsa),
                            .features = vmsa.sev_features});
}

bool run_vmpl(unsigned vmpl) {
    const std::uint64_t reply = ghcb::exchange(abi::GhcbMsr::RunVmplTarget::put(vmpl) |
                                               static_cast<std::uint64_t>(abi::GhcbInfo::RunVmplRequest));
    return reply == static_cast<std::uint64_t>(abi::GhcbInfo::RunVmplResponse);
}

std::optional<Fault> run_at(unsigned vmpl, const abi::Vmsa& vmsa) {
    has_faulted[vmpl] = false;
    REQUIRE(ap_creation(0, 0, vmpl, vmsa));
    REQUIRE(run_vmpl(vmpl));
    if (has_faulted[vmpl]) return contexts[vmpl].fault;
    return std::nullopt;
}

abi::Vmsa& make_open_vmsa(unsigned vmpl, void (*function)()) {
    open_memory(vmpl);
    return make_vmsa(vmpl, function);
}

std::optional<Fault> run_at(unsigned vmpl, void (*function)()) {
    abi::Vmsa& vmsa = make_open_vmsa(vmpl, function);
    REQUIRE(seal(vmsa));
    return run_at(vmpl, vmsa);
}

abi::Vmsa& run_edited(void (*edit)(abi::Vmsa&), void (*function)()) {
    abi::Vmsa& vmsa = make_open_vmsa(1, function);
    edit(vmsa);
    REQUIRE(seal(vmsa));
    const auto fault = run_at(1, vmsa);
    if (fault) note("vector and RIP", static_cast<std::uint64_t>(fault->vector), fault->rip);
    REQUIRE(!fault);
    REQUIRE(unseal(vmsa));
    return vmsa;
}

bool start_second(void (*function)()) {
    abi::Vmsa& vmsa = make_vmsa(0, function);
    return seal(vmsa) && ap_creation(1, 1, 0, vmsa);
}

}  // namespace rules
