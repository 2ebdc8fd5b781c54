// SPDX-License-Identifier: MIT
// Interrupts for a vCPU that does not rest: it leaves its guest all the time, and touches its APIC only when
// an interrupt has come. QEMU could lose one when it leaves a guest. [docs/adr/0017]
#include <atomic>

#include "guest/irq/apic.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

using namespace irq;

constexpr unsigned rounds = 2'000;
constexpr unsigned most_lost = 10;
/// Exits of the receiver, not time: a host that is busy elsewhere stops them too.
constexpr unsigned patience = 40'000;

constinit std::atomic<bool> ready{false}, over{false};
constinit std::atomic<unsigned> exits{0};

/// Each RMPADJUST is an exit, and one that needs no GHCB, which the handler of an interrupt uses.
void leave_and_return(guest::Vcpu& self) {
    init();
    ready = true;
    asm volatile("sti" : : : "memory");
    for (; !over.load(std::memory_order_relaxed); ++exits) {
        (void)guest::rmpadjust(guest::gpa_of(&self).page().value(), 0);
        // A period without exits, of another length each time, and without PAUSE, which takes long in QEMU.
        for (unsigned i = 0; i < exits * 7 % 256; ++i) asm volatile("" : : : "memory");
    }
    asm volatile("cli" : : : "memory");
    guest::park();
}

/// False: the interrupt was not taken while the receiver left its guest `patience` times.
bool arrives(unsigned count) {
    send(ipi_vector, 1);
    const unsigned before = exits;  // sending takes as long as the host likes
    while (taken(1, ipi_vector) != count && exits - before < patience) guest::pause();
    return taken(1, ipi_vector) == count;
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    init();
    guest::start_all(leave_and_return);
    while (!ready) guest::pause();
    unsigned lost = 0, sent = 0;
    while (sent < rounds && lost < most_lost) {
        // A lost interrupt arrives together with the next one, as one.
        if (!arrives(++sent - lost)) ++lost;
    }
    over = true;
    guest::say("# irq-running: {} interrupts for a running vCPU, {} lost", sent, lost);
    return lost == 0 ? 0 : 1;
}
