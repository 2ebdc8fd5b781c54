// SPDX-License-Identifier: MIT
#include "guest/lib/smp.hpp"

#include <algorithm>
#include <array>
#include <new>

#include "abi/x86/descriptor.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/psc.hpp"

extern "C" const std::uint64_t guest_gdt[3];

namespace guest {
namespace {

constexpr std::size_t stack_pages = 4;
constexpr std::uint16_t code_selector = 8, data_selector = 0x10;
constexpr std::uint64_t long_mode_cr0 = 0x8001'0033, long_mode_cr4 = 0x668;
constexpr std::uint64_t long_mode_efer = abi::Efer::svme | abi::Efer::nxe | abi::Efer::lma | abi::Efer::lme;

constinit Vcpu boot{};
/// Each of the others has its record on a page of its own, from `prepare_vcpu` on.
constinit std::array<Vcpu*, max_vcpus> vcpus{&boot};

/// Not a constant: the SVSM and the host both require the features of the boot vCPU.
std::uint64_t sev_features() { return abi::SevStatus::Features::get(read_msr(abi::Msr::SevStatus)); }

/// First C++ of another vCPU; RDI and GS come from its VMSA.
[[noreturn]] void ap_main(Vcpu& self) {
    // Its own GHCB: first the SVSM and the MSR protocol, which need none, then the page.
    const Gpa page = self.ghcb_gpa;
    if (!make_shared(page)) fatal("a vCPU could not share its GHCB");
    if (!ghcb::register_page(page)) fatal("the host refused a vCPU's GHCB");
    self.run(self);
    self.done.store(true, std::memory_order_release);
    park();
}

}  // namespace

Vcpu& vcpu(unsigned index) {
    if (vcpus[index] == nullptr) fatal("a vCPU that was not prepared");
    return *vcpus[index];
}
unsigned vcpu_count() { return std::min(info().cpu_count, max_vcpus); }

void fill_vmsa(abi::Vmsa& vmsa, Vcpu& target, Gpa stack_top) {
    using abi::SegmentAttributes;
    constexpr std::uint32_t flat = ~0u;
    const abi::Segment data{data_selector, SegmentAttributes::data, flat, 0};
    vmsa = {};
    vmsa.es = vmsa.ss = vmsa.ds = vmsa.fs = vmsa.gs = data;
    vmsa.gs.base = gpa_of(&target).value();
    vmsa.cs = {code_selector, SegmentAttributes::code64, flat, 0};
    vmsa.gdtr = {0, 0, sizeof guest_gdt - 1, gpa_of(guest_gdt).value()};
    vmsa.idtr = {0, 0, idt_limit(), idt_base().value()};
    vmsa.ldtr = {0, SegmentAttributes::ldt, 0xffff, 0};
    vmsa.tr = {0, SegmentAttributes::tss_busy, 0xffff, 0};
    vmsa.vmpl = static_cast<std::uint8_t>(info().vmpl);
    vmsa.efer = long_mode_efer;
    vmsa.cr0 = long_mode_cr0;
    vmsa.cr3 = info().page_table_gpa | 1ull << info().c_bit;
    vmsa.cr4 = long_mode_cr4;
    abi::VmsaReset::put_into(vmsa);
    vmsa.sev_features = sev_features();
    vmsa.tsc_scale = abi::tsc_scale_one;  // of a Secure TSC; the offset is 0, so this vCPU has a time of its own
    vmsa.rip = reinterpret_cast<std::uintptr_t>(&ap_main);
    vmsa.rsp =
        stack_top.value() - sizeof(std::uint64_t);  // as if called: the ABI wants RSP % 16 == 8 on entry
    vmsa.rdi = gpa_of(&target).value();
}

Vcpu& prepare_vcpu(unsigned index, void (*run)(Vcpu&)) {
    if (vcpus[index] == nullptr) vcpus[index] = new (pointer_to<std::byte>(allocate_pages())) Vcpu{};
    Vcpu& target = *vcpus[index];
    target.self = &target;
    target.index = index;
    target.run = run;
    target.done = false;
    target.ghcb_gpa = allocate_pages();
    target.calling_area = allocate_pages();
    target.vmsa = pointer_to<abi::Vmsa>(allocate_pages());
    fill_vmsa(*target.vmsa, target, allocate_pages(stack_pages) + stack_pages * page_bytes);
    return target;
}

svsm::Result create_vcpu(Vcpu& target) {
    return svsm::create_vcpu(gpa_of(target.vmsa), target.calling_area, apic_id_of(target.index));
}

std::expected<void, ghcb::Error> launch_vcpu(Vcpu& target) {
    using abi::ApCreationInfo;
    const auto info1 =
        ApCreationInfo::Request::put(static_cast<std::uint64_t>(abi::ApCreationRequest::Create)) |
        ApCreationInfo::Vmpl::put(info().vmpl) | ApCreationInfo::ApicId::put(apic_id_of(target.index));
    const auto reply = ghcb::event({.event = abi::NaeEvent::ApCreation,
                                    .info1 = info1,
                                    .info2 = gpa_of(target.vmsa).value(),
                                    .rax = sev_features()});
    if (!reply) return std::unexpected{reply.error()};
    return {};
}

void start_all(void (*run)(Vcpu&)) {
    for (unsigned i = 1; i < vcpu_count(); ++i) {
        Vcpu& target = prepare_vcpu(i, run);
        if (!create_vcpu(target)) fatal("CREATE_VCPU failed");
        if (!launch_vcpu(target)) fatal("AP creation failed");
    }
}

void wait_for_all() {
    for (unsigned i = 1; i < vcpu_count(); ++i)
        while (vcpus[i] != nullptr && vcpus[i]->run != nullptr && !vcpus[i]->done.load(std::memory_order_acquire))
            pause();
}

}  // namespace guest
