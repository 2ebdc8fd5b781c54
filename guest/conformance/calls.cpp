// SPDX-License-Identifier: MIT
#include "guest/conformance/calls.hpp"

#include <atomic>

#include "abi/snp/ghcb.hpp"
#include "abi/snp/ghcb_msr.hpp"
#include "abi/svsm/calling_area.hpp"
#include "abi/x86/registers.hpp"
#include "guest/conformance/memory.hpp"
#include "guest/conformance/platform.hpp"
#include "guest/conformance/suite.hpp"
#include "guest/lib/instructions.hpp"

extern "C" void conformance_exchange(conf::Registers* registers, std::uint64_t ghcb_msr);

namespace conf {
namespace {

/// A call that is answered INCOMPLETE or BUSY this often counts as never done.
constexpr unsigned patience = 1'000'000;

/// Fills the GHCB page with a Run VMPL request; false afterwards means refused. [GHCB "Run VMPL"]
void write_request(abi::Ghcb& page) {
    page.sw_exit_code = static_cast<std::uint64_t>(abi::NaeEvent::RunVmpl);
    page.sw_exit_info_1 = page.sw_exit_info_2 = 0;  // VMPL 0
    page.valid_bitmap[0] = 0;
    page.valid_bitmap[1] = 0;
    for (const unsigned bit : {GHCB_BIT(sw_exit_code), GHCB_BIT(sw_exit_info_1), GHCB_BIT(sw_exit_info_2)})
        page.valid_bitmap[bit / 64] |= 1ull << bit % 64;
    page.protocol_version = abi::ghcb_version;
    page.usage = 0;
}

std::atomic_ref<std::uint8_t> pending_flag(Gpa area) {
    return std::atomic_ref{at<abi::CallingArea>(area).call_pending};
}

/// Pages that the SVSM asks for with result 0x40000000 + n. [SVSM "Table 4: Result Codes"]
void deposit_for(std::uint64_t result) {
    std::uint64_t missing = result & 0x3fff'ffff;
    while (missing > 0 && missing < abi::pvalidate_max_entries) {
        const Gpa list = platform::take_pages();
        auto& contents = at<List>(list);
        contents.header = {1, 0, 0};
        contents.entries[0] = platform::take_pages().value();
        if (deposit_mem(list.value()) != result::success) return;
        --missing;
    }
}

bool is_more_memory(std::uint64_t result) {
    return result >= result::more_memory_first && result <= result::more_memory_last;
}

/// What the answer would be if nothing but outputs had changed.
Registers expected_after(const Registers& before, const Registers& after, Outputs outputs) {
    Registers expected = before;
    expected.rax = after.rax;
    if (outputs.rcx) expected.rcx = after.rcx;
    if (outputs.rdx) expected.rdx = after.rdx;
    if (outputs.r8) expected.r8 = after.r8;
    return expected;
}

bool keeps_convention(const Registers& before, const Exchange& done, Outputs outputs) {
    const auto complain_about = [](const char* what, std::uint64_t found, std::uint64_t expected) {
        complain({__FILE_NAME__, __LINE__, what, true, found, expected});
        return false;
    };
    if (!done.host_agreed) return complain_about("the host refused Run VMPL", 0, 1);
    if (done.pending != 0) return complain_about("CALL_PENDING after the call", done.pending, 0);
    if (done.registers.rax >> 32 != 0)
        return complain_about("RAX after the call, upper half", done.registers.rax >> 32, 0);
    const Registers expected = expected_after(before, done.registers, outputs);
    if (done.registers == expected) return true;
    const auto* const found_words = &done.registers.rax;
    const auto* const expected_words = &expected.rax;
    unsigned i = 0;
    while (found_words[i] == expected_words[i]) ++i;
    row("register rax rbx rcx rdx rsi rdi rbp r8...r15, by number", i);
    return complain_about("a register that is no output", found_words[i], expected_words[i]);
}

}  // namespace

Registers ballast(std::uint64_t rax, std::uint64_t rcx) {
    Registers r;
    auto* const words = &r.rax;
    for (unsigned i = 0; i < 16; ++i) words[i] = 0x0101'0101'0101'0101 * (i + 1) ^ 0xfedc'ba98'7654'3210;
    r.rax = rax;
    r.rcx = rcx;
    return r;
}

Exchange enter(const Registers& registers, Form form) {
    Registers r = registers;
    if (form == Form::Msr) {
        conformance_exchange(&r, static_cast<std::uint64_t>(abi::GhcbInfo::RunVmplRequest));
        return {r,
                guest::read_msr(abi::Msr::Ghcb) == static_cast<std::uint64_t>(abi::GhcbInfo::RunVmplResponse),
                0};
    }
    abi::Ghcb& page = platform::ghcb();
    write_request(page);
    conformance_exchange(&r, platform::ghcb_gpa().value());
    return {r, (page.sw_exit_info_1 & 0xffff'ffff) == 0, 0};
}

Exchange exchange(const Registers& registers, std::uint8_t pending, Form form) {
    const auto flag = pending_flag(platform::self().calling_area);
    flag.store(pending, std::memory_order_release);
    Exchange done = enter(registers, form);
    done.pending = flag.exchange(0);
    return done;
}

bool run_vmpl(unsigned vmpl) {
    Registers r;
    conformance_exchange(&r, static_cast<std::uint64_t>(abi::GhcbInfo::RunVmplRequest) |
                                 abi::GhcbMsr::RunVmplTarget::put(vmpl));
    return guest::read_msr(abi::Msr::Ghcb) == static_cast<std::uint64_t>(abi::GhcbInfo::RunVmplResponse);
}

Answer call(std::uint64_t id, const Arguments& arguments, Outputs outputs) {
    constexpr Answer broken{result::none, 0, 0, 0, 0};
    Registers next = ballast(id, arguments.rcx);
    next.rdx = arguments.rdx;
    next.r8 = arguments.r8;
    next.r9 = arguments.r9;
    for (unsigned i = 0; i < patience; ++i) {
        const Exchange done = exchange(next);
        if (!keeps_convention(next, done, outputs)) return broken;
        const Registers& r = done.registers;
        const bool again = r.rax == result::incomplete || r.rax == result::busy;
        if (!again && !is_more_memory(r.rax)) return {r.rax, r.rcx, r.rdx, r.r8, r.r9};
        if (is_more_memory(r.rax)) deposit_for(r.rax);
        next = r;
        next.rax = id;  // "reload RAX, leave the others"
        guest::pause();
    }
    complain({__FILE_NAME__, __LINE__, "a call is never completed", true, id, 0});
    return broken;
}

std::uint64_t remap_ca(std::uint64_t target) {
    const auto done = call(call_id(abi::CoreCall::RemapCa), {.rcx = target}).result;
    if (done == result::success) platform::self().calling_area = Gpa{target};
    return done;
}
std::uint64_t pvalidate(std::uint64_t list) {
    return call(call_id(abi::CoreCall::Pvalidate), {.rcx = list}).result;
}
std::uint64_t create_vcpu(std::uint64_t vmsa, std::uint64_t calling_area, std::uint64_t apic_id) {
    return call(call_id(abi::CoreCall::CreateVcpu), {.rcx = vmsa, .rdx = calling_area, .r8 = apic_id}).result;
}
std::uint64_t delete_vcpu(std::uint64_t vmsa) {
    return call(call_id(abi::CoreCall::DeleteVcpu), {.rcx = vmsa}).result;
}
std::uint64_t deposit_mem(std::uint64_t list) {
    return call(call_id(abi::CoreCall::DepositMem), {.rcx = list}).result;
}
std::uint64_t withdraw_mem(std::uint64_t area) {
    return call(call_id(abi::CoreCall::WithdrawMem), {.rcx = area}).result;
}

std::uint64_t query_protocol(std::uint32_t protocol, std::uint32_t version) {
    const auto done = call(call_id(abi::CoreCall::QueryProtocol),
                           {.rcx = std::uint64_t{protocol} << 32 | version}, {.rcx = true});
    if (done.result != result::success)
        complain({__FILE_NAME__, __LINE__, "RAX of QUERY_PROTOCOL", true, done.result, result::success});
    return done.rcx;
}

bool is_served() {
    return query_protocol(abi::core_protocol, abi::core_protocol_version) == 0x0000'0001'0000'0001;
}

}  // namespace conf
