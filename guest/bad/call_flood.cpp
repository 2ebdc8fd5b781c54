// SPDX-License-Identifier: MIT
// Random registers in every call, from all vCPUs at once. Of the guest's own memory the calls may reach only
// an arena of unused pages. Whatever the SVSM answers, it has to serve calls afterwards.
#include <atomic>
#include <span>

#include "abi/snp/secrets.hpp"
#include "guest/bad/random.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

using guest::svsm::Registers;

constexpr unsigned calls_each = 2000, arena_pages = 16;
constexpr std::uint64_t right_answer = 0x0000'0001'0000'0001;
constinit Gpa arena{};
constinit std::atomic<unsigned> arrived{0};

Gpa svsm_base() {
    return Gpa{guest::pointer_to<const abi::SecretsPage>(Gpa{guest::info().secrets_gpa})->svsm_base};
}

/// An address that is likely to be interesting: well-formed, nearly so, forbidden, absurd.
std::uint64_t random_address(bad::Random& random) {
    const Gpa page = arena + random.below(arena_pages) * page_bytes;
    switch (random.below(8)) {
        case 0: return page.value();
        case 1: return (page + 8 * random.below(512)).value();
        case 2: return (page + random.below(page_bytes)).value();
        case 3: return (svsm_base() + random.below(4096) * page_bytes).value();
        case 4: return page.value() | 1ull << guest::info().c_bit;
        case 5: return ~0ull << random.below(64);
        case 6: return (random.next() % (1ull << 40) & ~0xfffull) | 1ull << 40;  // more than any machine has
        default: return random.next();
    }
}

std::uint64_t random_call(bad::Random& random) {
    if (random.below(16) == 0) return random.next();
    const auto protocol =
        random.below(8) == 0 ? static_cast<std::uint32_t>(random.below(6)) : abi::core_protocol;
    return guest::svsm::call_id(protocol, static_cast<std::uint32_t>(random.below(10)));
}

/// One quadword of a list, half of the time one that names a page of the arena.
std::uint64_t random_entry(bad::Random& random) {
    if (random.below(2) == 0) return random_address(random);
    const auto action = random.below(2) == 0 ? abi::Validity::Rescind : abi::Validity::Validate;
    const Gpa page = arena + random.below(arena_pages) * page_bytes;
    return guest::svsm::pvalidate_entry(page, random.below(8) == 0 ? PageSize::Size2M : PageSize::Size4K,
                                        action);
}

/// Stores that may fault: other vCPUs have pages of the arena taken away at any time.
void store_word(Gpa at, std::uint64_t value) {
    for (unsigned i = 0; i < sizeof value; ++i)
        (void)guest::probe_store(
            at + i, static_cast<std::uint8_t>(value >> 8 * i));  // pages may vanish here
}

/// Writes a short list somewhere and returns its address. The lower part of each page stays zero:
/// SEV_FEATURES would be there if the page were a VMSA, so CREATE_VCPU never gets one that it must accept.
Gpa scribble(bad::Random& random) {
    const Gpa list = arena + random.below(arena_pages) * page_bytes + 8 * (128 + random.below(380));
    store_word(list, random.below(4) | random.below(2) << 16);
    for (unsigned i = 1; i < 4; ++i) store_word(list + 8 * i, random_entry(random));
    return list;
}

/// Every call is announced in the area that this vCPU has at the moment, wherever the flood has moved it.
void flood_once(guest::Vcpu& self, bad::Random& random) {
    const Gpa list = scribble(random);
    const Registers registers{
        random_call(random), random.below(2) == 0 ? list.value() : random_address(random),
        random_address(random), random.below(2) == 0 ? random.below(20) : random.next(), random.next()};
    (void)guest::probe_store(self.calling_area, 1);
    const auto done = guest::svsm::enter(registers);
    if (done.ghcb_msr != guest::svsm::run_vmpl_done) ++self.wrong;
    const bool moved =
        registers.rax == guest::svsm::call_id(abi::CoreCall::RemapCa) && done.registers.rax == 0;
    if (moved) self.calling_area = Gpa{registers.rcx};
    ++self.calls;
}

void meet(unsigned times) {
    ++arrived;
    while (arrived.load() < times * guest::vcpu_count()) guest::pause();
}

void flood(guest::Vcpu& self) {
    bad::Random random{self.index + 1};
    meet(1);
    for (unsigned i = 0; i < calls_each; ++i) flood_once(self, random);
    // No vCPU writes the arena any more: a calling area inside it is quiet now.
    meet(2);
    // Its work begins and ends with the calling area outside the arena.
    if (self.calling_area != self.work && !guest::svsm::remap_ca(self.work)) ++self.wrong;
    if (guest::svsm::query_protocol(abi::core_protocol, 1) != right_answer) ++self.wrong;
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    arena = guest::allocate_pages(arena_pages);
    for (unsigned i = 1; i < guest::vcpu_count(); ++i) {
        guest::Vcpu& target = guest::prepare_vcpu(i, flood);
        target.work = target.calling_area;
    }
    guest::vcpu(0).work = guest::vcpu(0).calling_area;
    for (unsigned i = 1; i < guest::vcpu_count(); ++i)
        if (!guest::create_vcpu(guest::vcpu(i)) || !guest::launch_vcpu(guest::vcpu(i))) return 1;
    flood(guest::vcpu(0));
    guest::wait_for_all();
    unsigned calls = 0, wrong = 0;
    for (unsigned i = 0; i < guest::vcpu_count(); ++i) {
        calls += guest::vcpu(i).calls.load();
        wrong += guest::vcpu(i).wrong.load();
    }
    guest::say("# {} random calls on {} vCPUs, then {} right questions answered wrongly", calls,
               guest::vcpu_count(), wrong);
    return wrong == 0 ? 0 : 1;
}
