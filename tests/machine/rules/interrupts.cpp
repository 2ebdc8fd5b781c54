// SPDX-License-Identifier: MIT
// Interrupts and NMIs at VMPL0, HLT, and the messages that start a vCPU.
#include <cstring>

#include "abi/snp/ghcb.hpp"
#include "abi/x86/descriptor.hpp"
#include "tests/machine/lib/apic.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using apic::Command;

constexpr std::uint8_t vector = 0x40;
constexpr unsigned nmi = 2;
constexpr std::uint32_t soon = 200'000;
constinit volatile std::uint64_t hits = 0, seen = 0, reply = 0;

void enable_interrupts() { asm volatile("sti; nop" : : : "memory"); }
void disable_interrupts() { asm volatile("cli" : : : "memory"); }

void count(Frame&) { hits = hits + 1; }
/// Interrupts are off in it, so it may use the GHCB while the rule does not.
void count_and_end(Frame&) {
    hits = hits + 1;
    apic::write(apic::Register::Eoi, 0);
}

void prepare() {
    hits = 0;
    seen = 0;
    reply = 0;
    apic::mask_devices();
    set_handler(vector, count_and_end);
    set_handler(nmi, count);
}

RULE(timer_interrupts_vmpl0, "APM2: Virtualizing RFLAGS.IF") {
    prepare();
    apic::start_timer(vector, soon);
    enable_interrupts();
    CHECK(apic::wait_for(hits, 1));
    disable_interrupts();
}

RULE(hlt_with_interrupts_rests_until_the_next_one, "APM3: HLT") {
    prepare();
    apic::start_timer(vector, 5 * soon);
    asm volatile("sti; hlt; cli" : : : "memory");
    CHECK_EQ(hits, 1);
}

/// An exception of this number has an error code; an interrupt has none, also where the machine takes it for the guest.
RULE(hlt_ends_with_an_interrupt_that_has_the_number_of_an_exception, "APM2: Maskable External Interrupts") {
    constexpr std::uint8_t alignment_check = 17;
    prepare();
    const auto gate = [](unsigned n) { return reinterpret_cast<void*>(idt_base() + n * sizeof(abi::Gate)); };
    std::memcpy(gate(alignment_check), gate(vector), sizeof(abi::Gate));
    apic::send_to_self(Command::fixed | alignment_check);
    asm volatile("sti; hlt; cli" : : : "memory");
    CHECK_EQ(hits, 1);
}

RULE(interrupt_waits_for_rflags_if, "APM2: Maskable External Interrupts") {
    prepare();
    disable_interrupts();
    apic::send_to_self(Command::fixed | vector);
    apic::wait_a_while();
    CHECK_EQ(hits, 0);
    CHECK(apic::is_requested(vector));
    enable_interrupts();
    CHECK_EQ(hits, 1);
    disable_interrupts();
}

RULE(interrupt_to_self_arrives, "APM2: Interrupt Command Register") {
    prepare();
    apic::send_to_self(Command::fixed | vector);
    enable_interrupts();
    CHECK(apic::wait_for(hits, 1));
    disable_interrupts();
}

RULE(nmi_reaches_vmpl0_with_interrupts_off, "APM2: NMI") {
    prepare();
    disable_interrupts();
    apic::send_to_self(Command::nmi);
    CHECK(apic::wait_for(hits, 1));
    (void)ghcb::event(abi::NaeEvent::NmiComplete);
}

RULE(second_nmi_waits_for_nmi_complete, "GHCB: NMI Complete") {
    prepare();
    apic::send_to_self(Command::nmi);
    CHECK(apic::wait_for(hits, 1));
    apic::send_to_self(Command::nmi);
    apic::wait_a_while();
    CHECK_EQ(hits, 1);
    (void)ghcb::event(abi::NaeEvent::NmiComplete);
    CHECK(apic::wait_for(hits, 2));
    (void)ghcb::event(abi::NaeEvent::NmiComplete);
}

RULE(restricted_injection_keeps_interrupts_out, "APM2: Restricted Injection", .image = "--sev-features 9") {
    prepare();
    enable_interrupts();
    apic::start_timer(vector, soon);
    apic::wait_a_while();
    CHECK_EQ(hits, 0);
    disable_interrupts();
}

RULE(restricted_injection_keeps_nmis_out, "APM2: Restricted Injection", .image = "--sev-features 9") {
    prepare();
    apic::send_to_self(Command::nmi);
    apic::wait_a_while();
    CHECK_EQ(hits, 0);
}

/// CREATE_ON_INIT of vCPU 1, which then sets `seen`.
bool install() {
    abi::Vmsa& vmsa = make_vmsa(0, [] { seen = 1; });
    return seal(vmsa) && ap_creation(0, 1, 0, vmsa);
}

RULE(create_reaches_a_vcpu_that_rests_until_an_interrupt, "GHCB: SNP AP Creation", .options = "--cpus 2") {
    prepare();
    REQUIRE(start_second([] {
        seen = 1;
        for (;;) asm volatile("sti; hlt");
    }));
    REQUIRE(apic::wait_for(seen, 1));
    apic::wait_a_while();
    REQUIRE(start_second([] { seen = 2; }));
    CHECK(apic::wait_for(seen, 2));
}

RULE(create_on_init_runs_nothing, "GHCB: SNP AP Creation", .options = "--cpus 2") {
    prepare();
    REQUIRE(install());
    apic::wait_a_while();
    CHECK_EQ(seen, 0);
}

RULE(init_runs_what_create_on_init_brought, "GHCB: SNP AP Creation", .options = "--cpus 2") {
    prepare();
    REQUIRE(install());
    apic::send(1, Command::init);
    CHECK(apic::wait_for(seen, 1));
}

RULE(startup_message_without_init_runs_nothing, "APM2: Startup Inter-Processor Interrupt",
     .options = "--cpus 2") {
    prepare();
    REQUIRE(install());
    apic::send(1, Command::startup | 8);
    apic::wait_a_while();
    CHECK_EQ(seen, 0);
}

/// On vCPU 1: AP reset hold by the MSR protocol.
void hold_by_msr() {
    seen = 1;
    reply = ghcb::exchange(static_cast<std::uint64_t>(abi::GhcbInfo::ApResetHoldRequest));
    seen = 2;
}

RULE(reset_hold_ends_by_init_and_startup, "GHCB: AP Reset Hold", .options = "--cpus 2") {
    prepare();
    REQUIRE(start_second(hold_by_msr));
    REQUIRE(apic::wait_for(seen, 1));
    apic::wait_a_while();
    CHECK_EQ(reply, 0);
    apic::send(1, Command::init);
    apic::wait_a_while();
    CHECK_EQ(reply, 0);
    apic::send(1, Command::startup | 8);
    CHECK(apic::wait_for(seen, 2));
    CHECK_EQ(reply & 0xfff, static_cast<std::uint64_t>(abi::GhcbInfo::ApResetHoldResponse));
    CHECK(reply >> 12 != 0);
}

RULE(reset_hold_outlasts_a_startup_message_without_init, "GHCB: AP Reset Hold", .options = "--cpus 2") {
    prepare();
    REQUIRE(start_second(hold_by_msr));
    REQUIRE(apic::wait_for(seen, 1));
    apic::wait_a_while();
    apic::send(1, Command::startup | 8);
    apic::wait_a_while();
    CHECK_EQ(reply, 0);
}

RULE(reset_hold_event_answers_not_zero, "GHCB: AP Reset Hold", .options = "--cpus 2") {
    prepare();
    static constinit std::uint64_t its_page = 0;
    its_page = allocate_loose();
    REQUIRE(start_second([] {
        auto& page = *reinterpret_cast<abi::Ghcb*>(shared(its_page));
        (void)ghcb::exchange(its_page | static_cast<std::uint64_t>(abi::GhcbInfo::RegisterGhcbRequest));
        page.protocol_version = abi::ghcb_version;
        page.sw_exit_code = static_cast<std::uint64_t>(abi::NaeEvent::ApResetHold);
        for (const unsigned bit :
             {GHCB_BIT(sw_exit_code), GHCB_BIT(sw_exit_info_1), GHCB_BIT(sw_exit_info_2)})
            page.valid_bitmap[bit / 64] |= 1ull << bit % 64;
        write_msr(abi::Msr::Ghcb, its_page);
        seen = 1;
        vmgexit();
        reply = page.sw_exit_info_2;
        seen = 2;
    }));
    REQUIRE(apic::wait_for(seen, 1));
    apic::wait_a_while();
    CHECK_EQ(reply, 0);
    apic::send(1, Command::init);
    apic::send(1, Command::startup | 8);
    CHECK(apic::wait_for(seen, 2));
    CHECK(reply != 0);
}

}  // namespace
}  // namespace rules
