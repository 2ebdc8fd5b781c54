// SPDX-License-Identifier: MIT
// One vCPU loops, the others halt; the SVSM must serve the boot vCPU as usual.
#include "guest/lib/console.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

constexpr unsigned calls = 1000;
constinit std::atomic<unsigned> useless{0};

void be_useless(guest::Vcpu& self) {
    ++useless;
    if (self.index != 1) guest::park();
    for (;;) guest::pause();
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    guest::start_all(be_useless);
    while (useless.load() < guest::vcpu_count() - 1) guest::pause();
    unsigned wrong = 0;
    for (unsigned i = 0; i < calls; ++i)
        wrong += guest::svsm::query_protocol(abi::core_protocol, 1) == 0x0000'0001'0000'0001 ? 0 : 1;
    guest::say("# {} calls beside {} useless vCPUs, {} wrong answers", calls, useless.load(), wrong);
    return wrong == 0 ? 0 : 1;
}
