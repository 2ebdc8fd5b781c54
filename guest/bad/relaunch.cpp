// SPDX-License-Identifier: MIT
// Has the hypervisor start a vCPU anew while the SVSM serves that very vCPU and holds a lock: the call has to
// complete first, and the SVSM has to continue to serve.
#include "guest/lib/console.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

using List = guest::svsm::PvalidateList<>;

constexpr std::uint64_t head_start_ticks = 5'000'000;  // the calls take a hundred times that
constinit List* list = nullptr;
constinit std::atomic<bool> calling{false};
constinit std::atomic<std::uint64_t> answer{~0ull};

/// Calls for which the SVSM clears a GiB, in as many parts as it chooses: the vCPU spends nearly all its
/// time inside them.
void call_for_long(guest::Vcpu&) {
    const guest::svsm::Registers wanted{.rax = guest::svsm::call_id(abi::CoreCall::Pvalidate),
                                        .rcx = guest::gpa_of(list).value()};
    calling = true;
    guest::svsm::Exchange done;
    do {
        done = guest::svsm::exchange(wanted);
    } while (done.registers.rax == static_cast<std::uint64_t>(abi::SvsmError::Incomplete));
    answer = done.registers.rax;
}

void make_list(Gpa block) {
    list = guest::pointer_to<List>(guest::allocate_pages());
    list->header = {abi::pvalidate_max_entries, 0, 0};
    // Rescind and validate: the SVSM does not touch what is valid already, so that would take no time.
    for (unsigned i = 0; auto& entry : list->entries)
        entry = guest::svsm::pvalidate_entry(block, PageSize::Size2M,
                                             i++ % 2 == 0 ? abi::Validity::Rescind : abi::Validity::Validate);
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo& info) {
    const auto block = guest::allocate_block();
    if (!block || info.cpu_count < 2) guest::fatal("this guest needs a free 2 MiB block and two vCPUs");
    make_list(*block);
    guest::start_all(call_for_long);
    while (!calling.load()) guest::pause();
    for (const auto begin = __builtin_ia32_rdtsc(); __builtin_ia32_rdtsc() - begin < head_start_ticks;)
        guest::pause();
    if (!guest::launch_vcpu(guest::vcpu(1))) guest::fatal("AP creation failed");
    if (list->header.next == abi::pvalidate_max_entries) guest::fatal("the call was over too early");
    guest::wait_for_all();
    const bool served = guest::svsm::query_protocol(abi::core_protocol, 1).has_value();
    guest::say("# {} of {} entries done, answer {}", list->header.next, list->header.entries, answer.load());
    return answer.load() == 0 && list->header.next == list->header.entries && served ? 0 : 1;
}
