// SPDX-License-Identifier: MIT
// Interrupts below an SVSM: the local APIC's timer, interrupts from CPU to CPU, NMIs, and HLT as a rest
// until one comes.
#include <atomic>

#include "abi/x86/pc.hpp"
#include "guest/irq/apic.hpp"
#include "guest/lib/check.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

using namespace irq;

constexpr std::uint32_t short_time = 1'000'000;                                 // ticks of 1 ns
constexpr std::uint32_t self = 1 << 18, everybody = 2 << 18, others = 3 << 18;  // shorthands of a command
constexpr std::uint32_t nmi = 4 << 8, init_message = 5 << 8, startup_message = 6 << 8;

constinit std::atomic<unsigned> ready{0};
constinit std::atomic<bool> over{false};
constinit std::atomic<unsigned> nmis_to_complete{0};

/// The other vCPUs: rest, take each interrupt, and report an NMI as complete on request.
void wait_for_interrupts(guest::Vcpu&) {
    init();
    ++ready;
    while (!over.load(std::memory_order_acquire)) {
        rest();
        if (nmis_to_complete.exchange(0) != 0) complete_nmi();
    }
}

void start_others() {
    guest::start_all(wait_for_interrupts);
    while (ready.load() != guest::vcpu_count() - 1) guest::pause();
}

/// Waits for another vCPU, which may sleep; bounded, so that a failing test is reported.
bool becomes(unsigned index, std::uint8_t vector, unsigned count) {
    for (unsigned i = 0; i < 400; ++i) {
        if (taken(index, vector) == count) return true;
        start_timer(10 * short_time);
        rest();
    }
    return false;
}

}  // namespace

TEST("device memory without an event is #VC 400h") {
    CHECK(guest::probe_load(Va{abi::pc::local_apic}) == guest::vc(abi::ExitCode::NestedPageFault));
}
TEST("the local APIC has the id of the vCPU") {
    CHECK(read(Register::Id) >> 24 == guest::apic_id_of(guest::this_vcpu().index));
    CHECK((read(Register::Version) & 0xff) != 0);
}
TEST("the id cannot be changed") {
    write(Register::Id, 7u << 24);
    CHECK(read(Register::Id) >> 24 == guest::apic_id_of(guest::this_vcpu().index));
}
TEST("HLT ends with the timer's interrupt") {
    for (unsigned i = 1; i <= 10; ++i) {
        start_timer(short_time);
        rest();
        CHECK(taken(0, timer_vector) == i);
    }
}
TEST("a running vCPU is interrupted too") {
    const unsigned before = taken(0, timer_vector);
    start_timer(short_time);
    asm volatile("sti" : : : "memory");
    for (std::uint64_t i = 0; taken(0, timer_vector) == before && i < 1ull << 32; ++i) guest::pause();
    asm volatile("cli" : : : "memory");
    CHECK(taken(0, timer_vector) == before + 1);
}
TEST("an interrupt waits while interrupts are off, and an SVSM call does not lose it") {
    const unsigned before = taken(0, timer_vector);
    start_timer(1);
    // The host's clock may be late, so only the APIC's request register tells that one is waiting.
    for (unsigned i = 0; !is_waiting(timer_vector); ++i) CHECK(i < 1'000'000);
    for (unsigned i = 0; i < 20; ++i) CHECK(guest::svsm::query_protocol(0, 1).has_value());
    CHECK(taken(0, timer_vector) == before && is_waiting(timer_vector));
    open_window();
    CHECK(taken(0, timer_vector) == before + 1);
}
TEST("an interrupt to oneself") {
    const unsigned before = taken(0, ipi_vector);
    send(ipi_vector | self);
    open_window();
    send(ipi_vector, 0);
    open_window();
    CHECK(taken(0, ipi_vector) == before + 2);
}
TEST("an interrupt wakes another vCPU") {
    start_others();
    for (unsigned i = 1; i < guest::vcpu_count(); ++i) {
        send(ipi_vector, guest::apic_id_of(i));
        CHECK(becomes(i, ipi_vector, 1));
    }
}
TEST("an interrupt to all others, and to all") {
    const unsigned own = taken(0, ipi_vector);
    send(ipi_vector | others);
    for (unsigned i = 1; i < guest::vcpu_count(); ++i) CHECK(becomes(i, ipi_vector, 2));
    CHECK(taken(0, ipi_vector) == own);
    send(ipi_vector | everybody);
    open_window();
    for (unsigned i = 1; i < guest::vcpu_count(); ++i) CHECK(becomes(i, ipi_vector, 3));
    CHECK(taken(0, ipi_vector) == own + 1);
}
TEST("an NMI arrives whatever is masked, the next one when the first is complete") {
    send(nmi, 1);
    CHECK(becomes(1, nmi_vector, 1));
    send(nmi, 1);
    for (unsigned i = 0; i < 5; ++i) {
        start_timer(10 * short_time);
        rest();
    }
    CHECK(taken(1, nmi_vector) == 1);
    nmis_to_complete = 1;
    send(ipi_vector, guest::apic_id_of(1));
    CHECK(becomes(1, nmi_vector, 2));
}
TEST("INIT and start-up messages reach nobody") {
    send(init_message, 1);
    send(startup_message | 8, 1);
    const unsigned before = taken(1, ipi_vector);
    send(ipi_vector, guest::apic_id_of(1));
    CHECK(becomes(1, ipi_vector, before + 1));
}

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    init();
    const unsigned failed = guest::run_checks();
    over = true;
    guest::say("# irq: {} of {} checks passed", guest::check_count() - failed, guest::check_count());
    return failed == 0 ? 0 : 1;
}
