// SPDX-License-Identifier: MIT
// Endurance: every vCPU takes a page away from itself and gets it back, thousands of times. Each rescind
// makes every other CPU leave its guest, so most world switches here come unexpectedly.
#include <atomic>

#include "guest/lib/console.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

constexpr unsigned rounds = 2000;

void renew_pages(guest::Vcpu& self) {
    const Gpa page = self.work;
    unsigned wrong = 0;
    for (unsigned i = 0; i < rounds; ++i)
        wrong += guest::svsm::set_validity(page, PageSize::Size4K, abi::Validity::Rescind) &&
                         guest::svsm::set_validity(page, PageSize::Size4K, abi::Validity::Validate)
                     ? 0
                     : 1;
    self.calls = 2 * rounds;
    self.wrong = wrong;
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    guest::vcpu(0).work = guest::allocate_pages();
    for (unsigned i = 1; i < guest::vcpu_count(); ++i) {
        guest::Vcpu& target = guest::prepare_vcpu(i, renew_pages);
        target.work = guest::allocate_pages();
        if (!guest::create_vcpu(target) || !guest::launch_vcpu(target)) return 1;
    }
    renew_pages(guest::vcpu(0));
    guest::wait_for_all();
    unsigned wrong = 0;
    for (unsigned i = 0; i < guest::vcpu_count(); ++i) wrong += guest::vcpu(i).wrong.load();
    guest::say("# {} rescinds on each of {} vCPUs, {} wrong answers", rounds, guest::vcpu_count(), wrong);
    return wrong == 0 ? 0 : 1;
}
