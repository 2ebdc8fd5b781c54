// SPDX-License-Identifier: MIT
// Provokes a race in QEMU (docs/adr/0013): every vCPU but the first loads x87 state over and over, while the
// first switches to the SVSM and back. If QEMU's CPU 0 carries a vCPU, this ends in a triple fault.
#include "guest/lib/console.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

constexpr unsigned calls = 20'000;
constexpr unsigned loads_per_look = 100;
constinit std::atomic<bool> is_over{false};

void load_x87_state(guest::Vcpu& self) {
    alignas(16) std::array<std::uint8_t, 512> image{};
    asm volatile("fxsave64 %0" : "=m"(image));
    while (!is_over.load(std::memory_order_relaxed))
        for (unsigned i = 0; i < loads_per_look; ++i) asm volatile("fxrstor64 %0" : : "m"(image));
    self.calls = 1;
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    guest::start_all(load_x87_state);
    unsigned wrong = 0;
    for (unsigned i = 0; i < calls; ++i)
        wrong += guest::svsm::query_protocol(abi::core_protocol, 1) == 0x0000'0001'0000'0001 ? 0 : 1;
    is_over = true;
    guest::wait_for_all();
    guest::say("# {} calls beside {} vCPUs that load x87 state, {} wrong answers", calls,
               guest::vcpu_count() - 1, wrong);
    return wrong == 0 ? 0 : 1;
}
