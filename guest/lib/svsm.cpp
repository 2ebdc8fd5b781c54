// SPDX-License-Identifier: MIT
#include "guest/lib/svsm.hpp"

#include <atomic>

#include "abi/snp/ghcb_msr.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/vcpu.hpp"

namespace guest::svsm {
namespace {

Result as_result(const Registers& answer) {
    if (answer.rax != abi::svsm_success) return std::unexpected{static_cast<abi::SvsmError>(answer.rax)};
    return answer.rcx;
}

bool is_to_be_repeated(std::uint64_t rax) {
    return rax == static_cast<std::uint64_t>(abi::SvsmError::Incomplete) ||
           rax == static_cast<std::uint64_t>(abi::SvsmError::Busy);
}

}  // namespace

Exchange enter(const Registers& registers) {
    write_msr(abi::Msr::Ghcb, static_cast<std::uint64_t>(abi::GhcbInfo::RunVmplRequest));  // VMPL 0 in 39:32
    Registers r = registers;
    // WRMSR took RAX, RCX and RDX, so the call's registers are loaded after it, right before the switch.
    register std::uint64_t r8 asm("r8") = registers.r8;
    register std::uint64_t r9 asm("r9") = registers.r9;
    asm volatile("rep; vmmcall" : "+a"(r.rax), "+c"(r.rcx), "+d"(r.rdx), "+r"(r8), "+r"(r9) : : "memory");
    r.r8 = r8;
    r.r9 = r9;
    return {r, read_msr(abi::Msr::Ghcb), 0};
}

Exchange exchange(const Registers& registers, std::uint8_t pending) {
    const std::atomic_ref flag{pointer_to<abi::CallingArea>(this_vcpu().calling_area)->call_pending};
    flag.store(pending, std::memory_order_release);
    Exchange result = enter(registers);
    // REMAP_CA may have moved the area; the old one is where this call was announced, and the
    // SVSM clears that.
    result.pending = flag.exchange(0);
    return result;
}

Registers call(const Registers& registers) {
    Registers next = registers;
    for (;;) {
        const Exchange done = exchange(next);
        if (done.ghcb_msr != run_vmpl_done) fatal("the host refused to run VMPL0");
        if (done.pending == 1) fatal("an SVSM call was never executed");
        if (!is_to_be_repeated(done.registers.rax)) return done.registers;
        next = done.registers;
        next.rax = registers.rax;  // [SVSM "Table 4"]: reload RAX, leave the others
        pause();
    }
}

Result query_protocol(std::uint32_t protocol, std::uint32_t version) {
    using abi::QueryProtocol;
    const auto question = QueryProtocol::Protocol::put(protocol) | QueryProtocol::Version::put(version);
    return as_result(call({.rax = call_id(abi::CoreCall::QueryProtocol), .rcx = question}));
}

Result remap_ca(Gpa target) {
    const Result result = as_result(call({.rax = call_id(abi::CoreCall::RemapCa), .rcx = target.value()}));
    if (result) this_vcpu().calling_area = target;
    return result;
}

Result pvalidate(Gpa list) {
    return as_result(call({.rax = call_id(abi::CoreCall::Pvalidate), .rcx = list.value()}));
}

Result create_vcpu(Gpa vmsa, Gpa calling_area, std::uint32_t apic_id) {
    return as_result(call({.rax = call_id(abi::CoreCall::CreateVcpu),
                           .rcx = vmsa.value(),
                           .rdx = calling_area.value(),
                           .r8 = apic_id}));
}

PvalidateList<510>& calling_area_list() {
    return *pointer_to<PvalidateList<510>>(this_vcpu().calling_area + sizeof(abi::CallingArea));
}

bool set_validity(Gpa page, PageSize size, abi::Validity action) {
    auto& list = calling_area_list();
    list.header = {1, 0, 0};
    list.entries[0] = pvalidate_entry(page, size, action);
    return pvalidate(gpa_of(&list)).has_value() && list.header.next == 1;
}

}  // namespace guest::svsm
