// SPDX-License-Identifier: MIT
// The only vCPU parks itself, as operating systems do with processors that they take offline.
#include "abi/snp/ghcb_msr.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/ghcb.hpp"
#include "guest/lib/start.hpp"

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    guest::say("# parking");
    (void)guest::ghcb::exchange_msr(static_cast<std::uint64_t>(abi::GhcbInfo::ApResetHoldRequest));
    return 1;  // a wake-up here is an error
}
