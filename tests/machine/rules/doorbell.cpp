// SPDX-License-Identifier: MIT
// Restricted injection with a doorbell page: interrupts and NMIs are told there, and #HV says so.
#include "abi/snp/doorbell.hpp"
#include "tests/machine/lib/apic.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using abi::HvDoorbell, abi::HvDoorbellRequest, abi::NaeError, abi::NaeEvent;
using apic::Command;

#define RESTRICTED .image = "--sev-features 9"

constexpr std::uint8_t vector = 0x40, higher_vector = 0x51;
constexpr unsigned hv = 28, nmi = 2;
constexpr std::uint32_t soon = 200'000;
constinit volatile std::uint64_t signals = 0, others = 0;
constinit std::uint64_t door_gpa = 0;

/// The result; the answer is in SW_EXITINFO2.
std::uint64_t ask(HvDoorbellRequest request, std::uint64_t page = 0) {
    return ghcb::event(NaeEvent::HvDoorbell, static_cast<std::uint64_t>(request), page);
}
std::uint64_t answer() { return ghcb::page().sw_exit_info_2; }
bool is_refused(std::uint64_t result, NaeError why) {
    return result == static_cast<std::uint64_t>(abi::NaeResult::Malformed) &&
           answer() == static_cast<std::uint64_t>(why);
}
bool is_registered(std::uint64_t page) { return ask(HvDoorbellRequest::Query) == 0 && answer() == page; }

volatile HvDoorbell& door() { return at<HvDoorbell>(shared(door_gpa)); }
bool signals_are_off() { return HvDoorbell::NoFurtherSignal::test(door().flags); }
bool tells_nmi() { return HvDoorbell::Nmi::test(door().flags); }

void end_interrupt() { apic::write(apic::Register::Eoi, 0); }
void count_signal(Frame&) { signals = signals + 1; }
void count_other(Frame&) { others = others + 1; }

/// Interrupts stay off in every rule here: they do not matter to #HV.
void prepare() {
    signals = 0;
    others = 0;
    apic::mask_devices();
    set_handler(hv, count_signal);
    set_handler(vector, count_other);
    set_handler(nmi, count_other);
    (void)ask(HvDoorbellRequest::Clear);
}
void prepare_door() {
    prepare();
    door_gpa = allocate_loose();
    REQUIRE(ask(HvDoorbellRequest::Set, door_gpa) == 0);
}

RULE(doorbell_is_announced, "GHCB: Hypervisor Feature Support") {
    (void)ghcb::event(NaeEvent::HypervisorFeatures);
    CHECK((answer() & abi::HypervisorFeature::restricted_injection) != 0);
}

RULE(doorbell_without_restricted_injection_is_no_event, "GHCB: #HV Doorbell Page") {
    CHECK(is_refused(ask(HvDoorbellRequest::Query), NaeError::InvalidEvent));
}

RULE(hv_ipi_without_restricted_injection_is_no_event, "GHCB: #HV IPI") {
    CHECK(is_refused(ghcb::event(NaeEvent::HvIpi, Command::to_self | vector), NaeError::InvalidEvent));
}

RULE(no_doorbell_is_preferred, "GHCB: #HV Doorbell Page", RESTRICTED) {
    CHECK_EQ(ask(HvDoorbellRequest::GetPreferred), 0);
    CHECK_EQ(answer(), abi::no_doorbell);
}

RULE(query_without_a_doorbell_names_none, "GHCB: #HV Doorbell Page", RESTRICTED) {
    prepare();
    CHECK(is_registered(abi::no_doorbell));
}

RULE(doorbell_is_what_was_set, "GHCB: #HV Doorbell Page", RESTRICTED) {
    prepare_door();
    CHECK_EQ(answer(), door_gpa);
    CHECK(is_registered(door_gpa));
}

RULE(doorbell_is_gone_after_clear, "GHCB: #HV Doorbell Page", RESTRICTED) {
    prepare_door();
    CHECK_EQ(ask(HvDoorbellRequest::Clear), 0);
    CHECK(is_registered(abi::no_doorbell));
}

RULE(doorbell_that_is_not_aligned_is_refused, "GHCB: #HV Doorbell Page", RESTRICTED) {
    prepare();
    CHECK(is_refused(ask(HvDoorbellRequest::Set, allocate_loose() + 64), NaeError::InvalidInput));
    CHECK(is_registered(abi::no_doorbell));
}

RULE(doorbell_in_a_private_page_is_refused, "GHCB: #HV Doorbell Page", RESTRICTED) {
    prepare();
    CHECK(is_refused(ask(HvDoorbellRequest::Set, allocate_page()), NaeError::InvalidInput));
    CHECK(is_registered(abi::no_doorbell));
}

RULE(undefined_doorbell_request_is_refused, "GHCB: #HV Doorbell Page", RESTRICTED) {
    prepare();
    CHECK(is_refused(ask(static_cast<HvDoorbellRequest>(4)), NaeError::InvalidInput));
}

RULE(interrupt_rings_the_doorbell, "GHCB: #HV Doorbell Page", RESTRICTED) {
    prepare_door();
    apic::start_timer(vector, soon);
    CHECK(apic::wait_for(signals, 1));
    CHECK_EQ(door().vector, vector);
    CHECK(signals_are_off());
    CHECK_EQ(others, 0);
    end_interrupt();
}

RULE(interrupt_is_told_but_not_signalled_while_signals_are_off, "GHCB: #HV Doorbell Page", RESTRICTED) {
    prepare_door();
    door().flags = HvDoorbell::NoFurtherSignal::mask;
    apic::send_to_self(Command::fixed | vector);
    apic::wait_a_while();
    CHECK_EQ(signals, 0);
    CHECK_EQ(door().vector, vector);
    end_interrupt();
}

RULE(second_interrupt_waits_until_the_first_is_read, "GHCB: #HV Doorbell Page", RESTRICTED) {
    prepare_door();
    apic::send_to_self(Command::fixed | vector);
    CHECK(apic::wait_for(signals, 1));
    apic::send_to_self(Command::fixed | higher_vector);
    apic::wait_a_while();
    CHECK_EQ(door().vector, vector);
    CHECK(apic::is_requested(higher_vector));
    door().flags = 0;
    door().vector = 0;
    end_interrupt();
    CHECK(apic::wait_for(signals, 2));
    CHECK_EQ(door().vector, higher_vector);
    end_interrupt();
}

RULE(nmi_rings_the_doorbell, "GHCB: #HV Doorbell Page", RESTRICTED) {
    prepare_door();
    apic::send_to_self(Command::nmi);
    CHECK(apic::wait_for(signals, 1));
    CHECK(tells_nmi());
    CHECK_EQ(others, 0);
}

RULE(second_nmi_waits_until_the_first_is_read, "GHCB: #HV Doorbell Page", RESTRICTED) {
    prepare_door();
    apic::send_to_self(Command::nmi);
    CHECK(apic::wait_for(signals, 1));
    door().flags = HvDoorbell::Nmi::mask;  // signals are on, and the NMI is unread
    apic::send_to_self(Command::nmi);
    apic::wait_a_while();
    CHECK_EQ(signals, 1);
    door().flags = 0;
    (void)ghcb::event(NaeEvent::HypervisorFeatures);  // any exit
    CHECK(apic::wait_for(signals, 2));
    CHECK(tells_nmi());
}

RULE(hlt_rests_until_the_doorbell_rings, "GHCB: #HV Doorbell Page", RESTRICTED) {
    prepare_door();
    apic::start_timer(vector, 5 * soon);
    asm volatile("hlt" : : : "memory");
    CHECK_EQ(signals, 1);
    CHECK_EQ(door().vector, vector);
    end_interrupt();
}

RULE(hv_ipi_to_self_rings_the_doorbell, "GHCB: #HV IPI", RESTRICTED) {
    prepare_door();
    CHECK_EQ(ghcb::event(NaeEvent::HvIpi, Command::fixed | Command::to_self | vector), 0);
    CHECK(apic::wait_for(signals, 1));
    CHECK_EQ(door().vector, vector);
    end_interrupt();
}

RULE(hv_ipi_reaches_a_destination_of_32_bits, "GHCB: #HV IPI", RESTRICTED) {
    prepare_door();
    CHECK_EQ(ghcb::event(NaeEvent::HvIpi, 0x100ull << 32 | Command::fixed | vector),
             0);  // CPU 256: there is none
    apic::wait_a_while();
    CHECK_EQ(signals, 0);
    CHECK_EQ(ghcb::event(NaeEvent::HvIpi, Command::fixed | vector), 0);  // CPU 0: this one
    CHECK(apic::wait_for(signals, 1));
    end_interrupt();
}

RULE(hv_ipi_with_reserved_bits_is_refused, "APM2: x2APIC Interrupt Command Register", RESTRICTED) {
    prepare_door();
    for (const unsigned bit : {13u, 16u, 17u, 20u, 31u})
        CHECK(is_refused(ghcb::event(NaeEvent::HvIpi, 1ull << bit | Command::to_self | vector),
                         NaeError::InvalidInput));
    apic::wait_a_while();
    CHECK_EQ(signals, 0);
}

}  // namespace
}  // namespace rules
