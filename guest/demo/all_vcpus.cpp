// SPDX-License-Identifier: MIT
// All vCPUs: created through SVSM and hypervisor, then calling at the same time.
#include <algorithm>
#include <atomic>

#include "guest/demo/demo.hpp"
#include "guest/lib/check.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/smp.hpp"

using abi::ExitCode;
using abi::SvsmError;
using abi::Validity;
using demo::is_refused;
using guest::vc;
using guest::Vcpu;

namespace {

constexpr unsigned rounds = 1000, pages_each = 2;
/// Rounds from one rescind of a vCPU to its next. It interrupts every vCPU, which costs a slow host dearly: where there are
/// more than 16, each does fewer.
unsigned rounds_per_pvalidate() {
    constexpr unsigned usual = 40, many = 16;
    return usual * std::max(1u, guest::vcpu_count() / many);
}

constinit std::atomic<unsigned> arrived{0};

void wait_until_all_are_here() {
    ++arrived;
    while (arrived.load() < guest::vcpu_count()) guest::pause();
}

bool is_answer_right(std::uint32_t round) {
    // Different questions, so that an answer meant for another vCPU is noticed.
    const auto version = round % 3;
    return guest::svsm::query_protocol(abi::core_protocol, version) ==
           (version == 1 ? 0x0000'0001'0000'0001 : 0);
}

guest::svsm::Result rescind(Gpa page) {
    auto& list = guest::svsm::calling_area_list();
    list.header = {1, 0, 0};
    list.entries[0] = guest::svsm::pvalidate_entry(page, PageSize::Size4K, Validity::Rescind);
    return guest::svsm::pvalidate(guest::gpa_of(&list));
}

bool can_renew(Gpa page, std::uint8_t mark) {
    demo::fill(page, page_bytes, mark);
    return guest::svsm::set_validity(page, PageSize::Size4K, Validity::Rescind) &&
           guest::probe_load(page) == vc(ExitCode::PageNotValidated) &&
           guest::svsm::set_validity(page, PageSize::Size4K, Validity::Validate) &&
           demo::is_zero(page, page_bytes);
}

void call_the_svsm(Vcpu& self) {
    wait_until_all_are_here();
    std::uint32_t calls = 0, wrong = 0;
    const unsigned renewal = rounds_per_pvalidate();
    for (unsigned round = 0; round < rounds; ++round) {
        wrong += is_answer_right(round + self.index) ? 0 : 1;
        ++calls;
        if (round % renewal != 0) continue;
        const Gpa page = self.work + round / renewal % pages_each * page_bytes;
        wrong += can_renew(page, static_cast<std::uint8_t>(self.index + 1)) ? 0 : 1;
        calls += 2;
    }
    self.calls = calls;
    self.wrong = wrong;
}

}  // namespace

TEST("create_vcpu accepts every other vCPU and takes its VMSA page") {
    for (unsigned i = 1; i < guest::vcpu_count(); ++i) {
        Vcpu& target = guest::prepare_vcpu(i, call_the_svsm);
        CHECK(guest::create_vcpu(target).has_value());
        const Gpa vmsa = guest::gpa_of(target.vmsa);
        CHECK(guest::probe_store(vmsa, 1) == vc(ExitCode::NestedPageFault));
        CHECK(is_refused(guest::svsm::remap_ca(vmsa), SvsmError::InvalidAddress));
        CHECK(is_refused(guest::svsm::remap_ca(target.calling_area), SvsmError::InvalidAddress));
        CHECK(is_refused(guest::create_vcpu(target), SvsmError::InvalidAddress));
        CHECK(is_refused(rescind(vmsa), SvsmError::InvalidAddress));
    }
}

TEST("the hypervisor refuses AP creation at VMPL0 and for vCPUs that do not exist") {
    using abi::ApCreationInfo;
    const auto create =
        ApCreationInfo::Request::put(static_cast<std::uint64_t>(abi::ApCreationRequest::Create));
    const auto last = ApCreationInfo::ApicId::put(guest::apic_id_of(guest::vcpu_count() - 1));
    const auto own = ApCreationInfo::Vmpl::put(guest::info().vmpl);
    const auto nobody = ApCreationInfo::ApicId::put(guest::unknown_apic_id());
    const std::uint64_t page = guest::allocate_pages().value();
    for (const std::uint64_t info1 : {create | last, create | own | nobody}) {
        const auto reply =
            guest::ghcb::event({.event = abi::NaeEvent::ApCreation, .info1 = info1, .info2 = page, .rax = 1});
        CHECK(!reply && reply.error() == guest::ghcb::Error::Refused);
    }
}

TEST("all vCPUs call the SVSM at once and every answer is right") {
    // Pages that each vCPU takes away from itself and gets back.
    for (unsigned i = 0; i < guest::vcpu_count(); ++i) guest::vcpu(i).work = guest::allocate_pages(pages_each);
    for (unsigned i = 1; i < guest::vcpu_count(); ++i) CHECK(guest::launch_vcpu(guest::vcpu(i)).has_value());
    call_the_svsm(guest::vcpu(0));
    guest::wait_for_all();
    for (unsigned i = 0; i < guest::vcpu_count(); ++i) {
        const Vcpu& done = guest::vcpu(i);
        guest::say("# vCPU {}: {} calls, {} wrong answers", i, done.calls.load(), done.wrong.load());
        CHECK(done.calls >= rounds && done.wrong == 0);
    }
}

TEST("a calling area in use by another vCPU cannot be taken away") {
    for (unsigned i = 1; i < guest::vcpu_count(); ++i) {
        CHECK(is_refused(rescind(guest::vcpu(i).calling_area), SvsmError::InvalidAddress));
    }
    CHECK(guest::svsm::query_protocol(abi::core_protocol, 1).has_value());
}
