// SPDX-License-Identifier: MIT
// Stale rights: while the boot vCPU takes a page away, the others read it without ever leaving the guest.
// Once the call has returned none of them may reach the page any more, translations in their TLBs or not.
// [SVSM "PVALIDATE Call"]
#include <atomic>

#include "guest/lib/console.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

constexpr unsigned rounds = 50;

constinit Gpa page{};
constinit std::atomic<unsigned> round{0};    ///< grows when the page is there again
constinit std::atomic<unsigned> revoked{0};  ///< the round in which the page is known to be gone
constinit std::atomic<unsigned> reading{0}, finished{0};
constinit std::atomic<unsigned> stale{0};

void read_until_it_is_gone(guest::Vcpu&) {
    for (unsigned r = 1; r <= rounds; ++r) {
        while (round.load(std::memory_order_acquire) != r) guest::pause();
        bool announced = false;
        while (true) {
            // Asked before the access: a success after a "gone" is a right that outlived its revocation.
            const bool gone = revoked.load(std::memory_order_acquire) == r;
            const bool reached = !guest::probe_load(page).has_value();
            if (!reached) break;
            if (gone) {
                ++stale;
                break;
            }
            if (!announced) ++reading;
            announced = true;
        }
        if (!announced) ++reading;
        ++finished;
    }
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    const unsigned readers = guest::vcpu_count() - 1;
    page = guest::allocate_pages(1);
    guest::start_all(read_until_it_is_gone);
    unsigned refused = 0;
    for (unsigned r = 1; r <= rounds; ++r) {
        round.store(r, std::memory_order_release);
        while (reading.load() < r * readers) guest::pause();
        refused += guest::svsm::set_validity(page, PageSize::Size4K, abi::Validity::Rescind) ? 0 : 1;
        revoked.store(r, std::memory_order_release);
        while (finished.load() < r * readers) guest::pause();
        refused += guest::svsm::set_validity(page, PageSize::Size4K, abi::Validity::Validate) ? 0 : 1;
    }
    guest::say("# {} rounds, {} readers, {} stale reads, {} calls refused", rounds, readers, stale.load(),
               refused);
    return stale.load() == 0 && refused == 0 && readers != 0 ? 0 : 1;
}
