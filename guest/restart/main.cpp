// SPDX-License-Identifier: MIT
// vCPUs that come up, halt, are deleted and come up again with other VMSAs, as CPU hotplug does.
#include "guest/lib/console.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

constexpr unsigned lives = 3, calls = 200;

void call_the_svsm(guest::Vcpu& self) {
    std::uint32_t wrong = 0;
    for (unsigned i = 0; i < calls; ++i)
        wrong += guest::svsm::query_protocol(abi::core_protocol, 1) == 0x0000'0001'0000'0001 ? 0 : 1;
    self.calls += calls;
    self.wrong += wrong;
}

/// Once it has halted: until then its VMSA is in use.
bool can_delete(const abi::Vmsa* vmsa) {
    const guest::svsm::Registers request{.rax = guest::svsm::call_id(abi::CoreCall::DeleteVcpu),
                                         .rcx = guest::gpa_of(vmsa).value()};
    for (;;) {
        const auto rax = guest::svsm::call(request).rax;
        if (rax == abi::svsm_success) return true;
        if (rax != static_cast<std::uint64_t>(abi::SvsmError::FailInUse)) return false;
        guest::pause();
    }
}

bool can_live(unsigned index, unsigned life) {
    guest::Vcpu& target = guest::prepare_vcpu(index, call_the_svsm);
    if (!guest::create_vcpu(target)) return false;
    // Every other time the SVSM has many chances to meet a VMSA that was not started.
    for (unsigned i = 0; i < (life % 2 == 0 ? 100u : 0u); ++i)
        (void)guest::svsm::query_protocol(abi::core_protocol, 1);
    return guest::launch_vcpu(target).has_value();
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    std::uint32_t made = 0, wrong = 0;
    for (unsigned life = 0; life < lives; ++life) {
        for (unsigned i = 1; i < guest::vcpu_count(); ++i)
            if (!can_live(i, life)) return 1;
        guest::wait_for_all();
        for (unsigned i = 1; i < guest::vcpu_count(); ++i)
            if (!can_delete(guest::vcpu(i).vmsa)) return 2;
    }
    for (unsigned i = 1; i < guest::vcpu_count(); ++i) {
        made += guest::vcpu(i).calls;
        wrong += guest::vcpu(i).wrong;
    }
    guest::say("restart: {} vCPUs lived {} times, {} calls, {} wrong answers", guest::vcpu_count() - 1, lives,
               made, wrong);
    return wrong == 0 && made == lives * calls * (guest::vcpu_count() - 1) ? 0 : 3;
}
