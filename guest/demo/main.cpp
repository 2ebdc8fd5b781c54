// SPDX-License-Identifier: MIT
// The demo guest: uses everything that the SVSM offers, on every vCPU, one TAP line per check.
#include "guest/demo/demo.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "guest/lib/check.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace demo {

const abi::SecretsPage& secrets() {
    return *guest::pointer_to<const abi::SecretsPage>(Gpa{guest::info().secrets_gpa});
}
Gpa svsm_first_page() { return Gpa{secrets().svsm_base}; }
Gpa svsm_last_page() { return Gpa{secrets().svsm_base + secrets().svsm_size - page_bytes}; }

bool is_zero(Gpa at, std::uint64_t bytes) {
    const std::span words{guest::pointer_to<const std::uint64_t>(at), bytes / sizeof(std::uint64_t)};
    return std::ranges::all_of(words, [](std::uint64_t word) { return word == 0; });
}
void fill(Gpa at, std::uint64_t bytes, std::uint8_t value) {
    std::memset(guest::pointer_to<void>(at), value, bytes);
}

}  // namespace demo

std::uint8_t guest_main(const abi::adyton::GuestInfo& info) {
    using guest::say;
    say("# demo guest: VMPL {}, {} vCPUs", info.vmpl, info.cpu_count);
    say("# SVSM: {} KiB at 0x{:x}, core protocol up to version {}", demo::secrets().svsm_size / 1024,
        demo::secrets().svsm_base, demo::secrets().svsm_max_version);
    const unsigned failures = guest::run_checks();
    std::uint64_t calls = 0;
    for (unsigned i = 0; i < guest::vcpu_count(); ++i) calls += guest::vcpu(i).calls.load();
    say("# demo: {} of {} checks passed, {} SVSM calls on {} vCPUs at once", guest::check_count() - failures,
        guest::check_count(), calls, guest::vcpu_count());
    return failures == 0 ? 0 : 1;
}
