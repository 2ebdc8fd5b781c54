// SPDX-License-Identifier: MIT
// Asks the hypervisor to run a VMSA that no CPU may run, with the one FLAW that the build chose: the
// machine must stop.
#include "guest/lib/console.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/psc.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

enum class Flaw : std::uint8_t {
    ControlRegisters,  ///< paging in long mode without PAE
    ExtendedState,     ///< XCR0 without x87
    OtherVmpl,         ///< a VMSA of VMPL3 in the place of this VMPL's
    NoVmsaPage,        ///< never given to CREATE_VCPU
    SharedPage,        ///< taken by the hypervisor after CREATE_VCPU
    InUse,             ///< runs on another vCPU already
};
constexpr Flaw flaw = Flaw::FLAW;
constexpr std::uint8_t least_privileged = 3;

constinit std::atomic<bool> running{false};

void run_forever(guest::Vcpu&) {
    running = true;
    for (;;) guest::pause();
}

/// Contents that the SVSM does not look at.
void spoil(abi::Vmsa& vmsa) {
    if (flaw == Flaw::ControlRegisters) vmsa.cr4 &= ~abi::Cr4::pae;
    if (flaw == Flaw::ExtendedState) vmsa.xcr0 = 0;
    if (flaw == Flaw::OtherVmpl) vmsa.vmpl = least_privileged;
}

void must(bool worked, std::string_view what) {
    if (!worked) guest::fatal(what);
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo& info) {
    must(info.cpu_count > (flaw == Flaw::InUse ? 2 : 1), "this guest needs more vCPUs");
    must(flaw != Flaw::OtherVmpl || info.vmpl < least_privileged, "this guest needs a VMPL below 3");
    guest::Vcpu& target = guest::prepare_vcpu(1, run_forever);
    spoil(*target.vmsa);
    if (flaw != Flaw::NoVmsaPage) must(guest::create_vcpu(target).has_value(), "CREATE_VCPU failed");
    if (flaw == Flaw::SharedPage)
        must(guest::change_page_state(guest::gpa_of(target.vmsa), abi::PscOperation::Shared),
             "the host kept the page");
    guest::say("# launching a VMSA that cannot run");
    if (flaw == Flaw::InUse) {
        must(guest::launch_vcpu(target).has_value(), "AP creation failed");
        while (!running.load()) guest::pause();
        target.index = 2;  // the same VMSA once more, on another vCPU
    }
    must(guest::launch_vcpu(target).has_value(), "AP creation failed");
    for (;;) guest::pause();
}
