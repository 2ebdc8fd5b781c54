// SPDX-License-Identifier: MIT
// Reaches for a VMSA that runs - its own memory until CREATE_VCPU - and, through the hypervisor, for all
// of the SVSM's.
#include "guest/lib/check.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/psc.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

#include "abi/snp/secrets.hpp"

namespace {

constinit std::atomic<bool> running{false};

/// Never leaves its VMPL again, so its VMSA stays in use.
void run_forever(guest::Vcpu& self) {
    if (self.index == 1) running = true;
    for (;;) guest::pause();
}

Gpa vmsa_page() { return guest::gpa_of(guest::vcpu(1).vmsa); }

}  // namespace

TEST("a second vCPU runs") {
    CHECK(guest::vcpu_count() > 1);
    guest::start_all(run_forever);
    while (!running.load()) guest::pause();
}

TEST("its VMSA can be read, for that is what Linux does, but not written") {
    CHECK(!guest::probe_load(vmsa_page()));
    for (const std::uint64_t offset : {0u, 0xcau, 0xd0u, 0x178u, 0xfffu})
        CHECK(guest::probe_store(vmsa_page() + offset, 0) == guest::vc(abi::ExitCode::NestedPageFault));
}

TEST("the hypervisor cannot take a VMSA that runs") {
    CHECK(!guest::change_page_state(vmsa_page(), abi::PscOperation::Shared));
    CHECK(!guest::probe_load(vmsa_page()));
}

TEST("the SVSM hands it out to nobody") {
    CHECK(!guest::svsm::set_validity(vmsa_page(), PageSize::Size4K, abi::Validity::Rescind));
    CHECK(!guest::svsm::set_validity(vmsa_page(), PageSize::Size4K, abi::Validity::Validate));
    CHECK(!guest::svsm::remap_ca(vmsa_page()).has_value());
    CHECK(!guest::create_vcpu(guest::vcpu(1)).has_value());
    CHECK(!guest::svsm::create_vcpu(guest::vcpu(1).calling_area, vmsa_page(), 1).has_value());
}

TEST("the hypervisor takes no page of the SVSM for a guest's asking") {
    const auto& secrets = *guest::pointer_to<const abi::SecretsPage>(Gpa{guest::info().secrets_gpa});
    for (std::uint64_t offset = 0; offset < secrets.svsm_size; offset += page_bytes)
        CHECK(!guest::change_page_state(Gpa{secrets.svsm_base + offset}, abi::PscOperation::Shared));
    CHECK(guest::svsm::query_protocol(abi::core_protocol, 1).has_value());
}

std::uint8_t guest_main(const abi::adyton::GuestInfo&) { return guest::run_checks() == 0 ? 0 : 1; }
