// SPDX-License-Identifier: MIT
// For a host that applies AP creation at once: vCPU 1 is taken out of the SVSM in the middle of a long call,
// and another VMSA of the guest's level runs in its place. Meanwhile vCPU 0 makes a call that needs what the
// frozen one holds. Neither may end the VM; when the other VMSA enters VMPL0 again, both calls must complete,
// with right answers.
#include <atomic>

#include "guest/lib/console.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

constexpr unsigned rounds = 6, pages = 32;
constexpr std::uint64_t head_start_ticks = 300'000, patience_ticks = 30'000'000;

constinit guest::Vcpu intruder{};
constinit Gpa own_pages{}, list_page{};
/// Number of the round in which each thing happened last.
constinit std::atomic<unsigned> wanted{0}, calling{0}, intruding{0}, let_go{0}, came_back{0}, answered{0};
constinit std::atomic<unsigned> lock_wanted{0}, lock_done{0};
constinit std::atomic<unsigned> frozen{0}, wrong{0};

void wait_for(const std::atomic<unsigned>& what, unsigned round) {
    while (what.load() < round) guest::pause();
}
void wait_ticks(std::uint64_t ticks) {
    for (const auto begin = __builtin_ia32_rdtsc(); __builtin_ia32_rdtsc() - begin < ticks;) guest::pause();
}

/// Rescinds and validates the pages again and again, 510 entries.
void fill_list() {
    using abi::Validity;
    auto& list = *guest::pointer_to<guest::svsm::PvalidateList<>>(list_page);
    list.header = {0, 0, 0};
    for (unsigned i = 0; i + pages * 2 <= 510; i += pages * 2)
        for (unsigned k = 0; k < pages * 2; ++k, ++list.header.entries)
            list.entries[i + k] =
                guest::svsm::pvalidate_entry(own_pages + k % pages * page_bytes, PageSize::Size4K,
                                             k < pages ? Validity::Rescind : Validity::Validate);
}

/// The host's replies are ignored: it has lost what this VMSA requested last.
bool is_long_call_right() {
    fill_list();
    const auto& list = *guest::pointer_to<guest::svsm::PvalidateList<>>(list_page);
    guest::svsm::Registers request{.rax = guest::svsm::call_id(abi::CoreCall::Pvalidate),
                                   .rcx = list_page.value()};
    for (;;) {
        const auto done = guest::svsm::exchange(request);
        if (done.pending != 0) continue;  // not executed: asked for again
        if (done.registers.rax == static_cast<std::uint64_t>(abi::SvsmError::Incomplete)) continue;
        if (done.registers.rax != abi::svsm_success || list.header.next != list.header.entries) return false;
        break;
    }
    for (unsigned i = 0; i < pages; ++i)
        if (guest::probe_store(own_pages + i * page_bytes, 1)) return false;
    return true;
}

void be_frozen(guest::Vcpu&) {
    for (unsigned round = 1; round <= rounds; ++round) {
        wait_for(wanted, round);
        calling = round;
        if (!is_long_call_right()) ++wrong;
        answered = round;
    }
}

[[noreturn]] void intrude() {
    for (unsigned round = 1;; ++round) {
        wait_for(wanted, round);
        intruding = round;
        wait_for(let_go, round);
        (void)guest::svsm::enter({});  // no call: VMPL0 continues where it was
        came_back = round;
    }
}

void start(guest::Vcpu& target) {
    if (!guest::launch_vcpu(target)) ++wrong;
}

void freeze(guest::Vcpu&) {
    for (unsigned round = 1; round <= rounds; ++round) {
        wanted = round;
        wait_for(calling, round);
        wait_ticks(head_start_ticks * round);
        start(intruder);
        wait_for(intruding, round);
        const bool is_in_call = answered.load() < round;
        lock_wanted = round;
        wait_ticks(patience_ticks);
        if (is_in_call && lock_done.load() < round) ++frozen;
        let_go = round;
        wait_for(came_back, round);
        wait_for(lock_done, round);
        start(guest::vcpu(1));
        wait_for(answered, round);
    }
}

void prepare_intruder() {
    intruder.self = &intruder;
    intruder.index = 1;
    intruder.calling_area = guest::allocate_pages();
    intruder.vmsa = guest::pointer_to<abi::Vmsa>(guest::allocate_pages());
    guest::fill_vmsa(*intruder.vmsa, intruder, guest::allocate_pages(2) + 2 * page_bytes);
    intruder.vmsa->rip = reinterpret_cast<std::uintptr_t>(&intrude);
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    if (guest::vcpu_count() < 3) return 4;
    own_pages = guest::allocate_pages(pages);
    list_page = guest::allocate_pages();
    prepare_intruder();
    // Created first, so that the SVSM serves the other one.
    if (!guest::create_vcpu(intruder)) return 3;
    for (unsigned index = 1; index < 3; ++index) {
        guest::Vcpu& target = guest::prepare_vcpu(index, index == 1 ? be_frozen : freeze);
        if (!guest::create_vcpu(target) || !guest::launch_vcpu(target)) return 3;
    }
    for (unsigned round = 1; round <= rounds; ++round) {
        wait_for(lock_wanted, round);
        if (!guest::svsm::remap_ca(guest::this_vcpu().calling_area)) ++wrong;
        lock_done = round;
    }
    wait_for(answered, rounds);
    guest::say("ap-at-once: {} rounds, {} with somebody waiting for the frozen vCPU, {} wrong answers",
               rounds, frozen.load(), wrong.load());
    if (wrong != 0) return 1;
    return frozen != 0 ? 0 : 2;
}
