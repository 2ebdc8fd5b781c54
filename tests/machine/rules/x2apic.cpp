// SPDX-License-Identifier: MIT
// The registers of x2APIC mode, through MSR events; at VMPL0, as at every level.
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
constexpr std::uint32_t apic_base = 0x1b, id = 0x802, end = 0x80b, logical_id = 0x80d, spurious = 0x80f,
                        errors = 0x828, command = 0x830, timer = 0x832, initial_count = 0x838, divide = 0x83e,
                        self_ipi = 0x83f;
constexpr std::uint64_t code = static_cast<std::uint64_t>(abi::NaeEvent::Msr), is_gp = 0x8000'0b0d;
constinit volatile std::uint64_t hits = 0;

/// True: done; false: #GP.
bool write(std::uint32_t msr, std::uint64_t value) {
    const std::uint64_t how =
        ghcb::event({.code = code, .info1 = 1, .rax = value & 0xffff'ffff, .rcx = msr, .rdx = value >> 32});
    CHECK(how == 0 || ghcb::page().sw_exit_info_2 == is_gp);
    return how == 0;
}
bool can_read(std::uint32_t msr) { return ghcb::event({.code = code, .rcx = msr}) == 0; }
std::uint64_t read(std::uint32_t msr) {
    REQUIRE(can_read(msr));
    return ghcb::page().rdx << 32 | (ghcb::page().rax & 0xffff'ffff);
}

/// Interrupts are off in it, so it may use the GHCB while the rule does not.
void count_and_end(Frame&) {
    hits = hits + 1;
    (void)write(end, 0);
}
bool enter_x2apic() {
    hits = 0;
    apic::mask_devices();
    set_handler(vector, count_and_end);
    return write(apic_base, 0xfee0'0d00);
}
void enable_interrupts() { asm volatile("sti; nop" : : : "memory"); }
void disable_interrupts() { asm volatile("cli" : : : "memory"); }
/// For the rules that follow in the same launch.
void leave_x2apic() {
    disable_interrupts();
    CHECK(write(apic_base, 0xfee0'0100) && write(apic_base, 0xfee0'0900));
}
bool arrives_once() {
    enable_interrupts();
    const bool has_come = apic::wait_for(hits, 1);
    apic::wait_a_while();
    disable_interrupts();
    return has_come && hits == 1;
}

RULE(x2apic_registers_are_gp_in_xapic_mode, "APM2: x2APIC Mode") {
    CHECK(!can_read(id) && !can_read(command));
    CHECK(!write(end, 0) && !write(self_ipi, vector));
}

RULE(x2apic_mode_takes_the_window_away, "APM2: x2APIC Mode") {
    CHECK(apic::read(0x30) != 0xffff'ffff);
    REQUIRE(enter_x2apic());
    CHECK_EQ(apic::read(0x30), 0xffff'ffff);
    leave_x2apic();
    CHECK(apic::read(0x30) != 0xffff'ffff);
}

RULE(x2apic_numbers_have_32_bits, "APM2: x2APIC ID Register") {
    REQUIRE(enter_x2apic());
    CHECK_EQ(read(id), 0);
    CHECK_EQ(read(logical_id), 1);
    CHECK(!write(id, 0) && !write(logical_id, 1));
    leave_x2apic();
}

RULE(x2apic_has_no_register_that_the_mode_leaves_out, "APM2: x2APIC Register Address Space") {
    REQUIRE(enter_x2apic());
    for (const std::uint32_t msr : {0x80eu, 0x831u, 0x840u, 0x8ffu}) CHECK(!can_read(msr) && !write(msr, 0));
    CHECK(!can_read(end) && !can_read(self_ipi));
    CHECK(!write(0x810, 0) && !write(0x839, 0));
    leave_x2apic();
}

RULE(x2apic_registers_refuse_reserved_bits, "APM2: x2APIC Register Address Space") {
    REQUIRE(enter_x2apic());
    CHECK(!write(initial_count, 1ull << 32));
    CHECK(!write(errors, 1) && write(errors, 0));
    CHECK(!write(self_ipi, 0x100));
    CHECK(!write(command, 1 << 13) && !write(command, 1ull << 20));
    leave_x2apic();
}

RULE(x2apic_timer_interrupts, "APM2: APIC Timer") {
    REQUIRE(enter_x2apic());
    CHECK(write(divide, 0xb) && write(timer, vector) && write(initial_count, 200'000));
    CHECK(arrives_once());
    leave_x2apic();
}

RULE(x2apic_self_ipi_arrives, "APM2: Self IPI") {
    REQUIRE(enter_x2apic());
    CHECK(write(self_ipi, vector));
    CHECK(arrives_once());
    leave_x2apic();
}

/// By number, by shorthand, by cluster and to all.
RULE(x2apic_command_reaches_what_it_names, "APM2: x2APIC Interrupt Command Register") {
    constexpr unsigned long long logical = 1 << 11, everyone = 0xffff'ffffull << 32;
    REQUIRE(enter_x2apic());
    for (const std::uint64_t how : {0ull, Command::to_self + 0ull, logical | 1ull << 32, everyone}) {
        hits = 0;
        CHECK(write(command, how | Command::fixed | vector));
        CHECK(arrives_once());
        CHECK_EQ(read(command), how | Command::fixed | vector);
    }
    hits = 0;
    for (const std::uint64_t how :
         {5ull << 32, logical | 2ull << 32, logical | 0x1'0001ull << 32, 0xffull << 32})
        CHECK(write(command, how | Command::fixed | vector));
    enable_interrupts();
    apic::wait_a_while();
    disable_interrupts();
    CHECK_EQ(hits, 0);
    leave_x2apic();
}

constinit volatile std::uint64_t woken = 0;

RULE(x2apic_command_starts_what_create_on_init_brought, "GHCB: SNP AP Creation", .options = "--cpus 2") {
    REQUIRE(enter_x2apic());
    woken = 0;
    abi::Vmsa& vmsa = make_vmsa(0, [] { woken = 1; });
    REQUIRE(seal(vmsa) && ap_creation(0, 1, 0, vmsa));
    CHECK(write(command, 1ull << 32 | Command::init));
    CHECK(apic::wait_for(woken, 1));
    leave_x2apic();
}

/// On vCPU 1, whose local APIC is off until it is switched on: MSR events in a page of its own.
constinit std::uint64_t its_page = 0;
void write_on_second(std::uint32_t msr, std::uint64_t value) {
    auto& page = *reinterpret_cast<abi::Ghcb*>(shared(its_page));
    page.protocol_version = abi::ghcb_version;
    page.sw_exit_code = code;
    page.sw_exit_info_1 = 1;
    page.rax = value;
    page.rcx = msr;
    page.valid_bitmap[0] = page.valid_bitmap[1] = 0;
    for (const unsigned bit : {GHCB_BIT(sw_exit_code), GHCB_BIT(sw_exit_info_1), GHCB_BIT(sw_exit_info_2),
                               GHCB_BIT(rax), GHCB_BIT(rcx), GHCB_BIT(rdx)})
        page.valid_bitmap[bit / 64] |= 1ull << bit % 64;
    write_msr(abi::Msr::Ghcb, its_page);
    vmgexit();
}
void switch_apic_on() {
    (void)ghcb::exchange(its_page | static_cast<std::uint64_t>(abi::GhcbInfo::RegisterGhcbRequest));
    write_on_second(apic_base, 0xfee0'0c00);
    write_on_second(spurious, 0x1ff);
}
/// Its level restricts injection and has no doorbell.
void rest_with_interrupts() {
    switch_apic_on();
    woken = 1;
    asm volatile("sti; hlt; cli" : : : "memory");
    woken = 2;
}
void rest_without_interrupts() {
    switch_apic_on();
    woken = 1;
    asm volatile("cli; hlt" : : : "memory");
    woken = 2;
}
bool wakes(void (*rest)()) {
    woken = 0;
    its_page = allocate_loose();
    REQUIRE(start_second(rest));
    REQUIRE(apic::wait_for(woken, 1));
    apic::wait_a_while();
    CHECK_EQ(woken, 1);
    CHECK(write(command, 1ull << 32 | Command::fixed | vector));
    apic::wait_a_while();
    return woken == 2;
}

RULE(command_ends_a_rest_that_restricts_injection_and_delivers_nothing, "APM2: Restricted Injection",
     .options = "--cpus 2", .image = "--sev-features 9") {
    REQUIRE(enter_x2apic());
    CHECK(wakes(rest_with_interrupts));
    CHECK_EQ(hits, 0);
    CHECK(wakes(rest_with_interrupts));
    leave_x2apic();
}

RULE(command_ends_no_rest_with_interrupts_off, "APM3: HLT", .options = "--cpus 2",
     .image = "--sev-features 9") {
    REQUIRE(enter_x2apic());
    CHECK(!wakes(rest_without_interrupts));
    leave_x2apic();
}

}  // namespace
}  // namespace rules
