// SPDX-License-Identifier: MIT
#include "guest/conformance/workers.hpp"

#include <array>

#include "guest/conformance/contexts.hpp"

namespace conf {
namespace {

constinit Job current_job = nullptr;
constinit std::array<std::atomic<bool>, max_seats> is_done{};
constinit std::array<Context, max_seats> contexts{};
constinit std::atomic<unsigned> arrived{0};
constinit unsigned party = 0;
constinit bool starts_together = false;
constinit const Context* boot_context = nullptr;

/// First and only function of a worker; the vCPU halts behind it.
void work() {
    const unsigned seat = platform::self().vcpu;
    if (!starts_together || meet()) current_job(seat);
    is_done[seat].store(true, std::memory_order_release);
}

/// A worker reports just before it halts, so its VMSA may be in use for a moment longer.
bool delete_when_halted(const Context& context) {
    for (;;) {
        const std::uint64_t done = destroy(context);
        if (done == result::success) return true;
        if (done != result::in_use) return false;
        guest::pause();
    }
}

}  // namespace

const Context& context_of(unsigned seat) { return seat == 0 ? *boot_context : contexts[seat]; }

namespace {

void launch(unsigned count, Job job) {
    current_job = job;
    boot_context = &platform::self();
    arrived = 0;
    party = count;
    for (unsigned seat = 1; seat < count; ++seat) {
        Context& context = contexts[seat];
        // One that could not be deleted stays where it is; the SVSM never returns its pages.
        if (context.record == nullptr) context = platform::new_context(seat, platform::vmpl());
        platform::fill_vmsa(context, work);
        is_done[seat] = false;
        if (const auto done = create(context); done != result::success)
            return complain(
                {__FILE_NAME__, __LINE__, "CREATE_VCPU of a worker", true, done, result::success});
        if (!platform::start(context))
            return complain({__FILE_NAME__, __LINE__, "AP creation of a worker", false, 0, 0});
    }
}

}  // namespace

void start_others(unsigned count, Job job) {
    starts_together = false;
    launch(count, job);
}

void finish_others(unsigned count) {
    for (unsigned seat = 1; seat < count; ++seat) {
        while (!is_done[seat].load(std::memory_order_acquire)) guest::pause();
        if (!platform::stop(contexts[seat]) || !delete_when_halted(contexts[seat])) {
            complain({__FILE_NAME__, __LINE__, "a worker could not be deleted", true, seat, 0});
            contexts[seat] = {};
        }
    }
}

void run_on(unsigned count, Job job) {
    // Without the meeting the boot vCPU would finish before the last of the others has started.
    starts_together = true;
    launch(count, job);
    if (has_failed()) return;
    if (meet()) job(0);
    finish_others(count);
}

bool meet() {
    // Counts on and on: the n-th meeting is over when n times the party has arrived.
    const unsigned ticket = arrived.fetch_add(1) + 1;
    const unsigned target = (ticket + party - 1) / party * party;
    return wait_for([target] { return arrived.load() >= target; });
}

Random::Random(unsigned seat) : state_{0x9e37'79b9'7f4a'7c15ull * (seat + 1) + CONFORMANCE_SEED} {}

std::uint64_t Random::next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545'f491'4f6c'dd1dull;
}

}  // namespace conf
